//! `Cargo.lock` (The Cargo Book, "Cargo.toml vs Cargo.lock").

use super::manifest::{crate_name, document, list, text_of, texts};
use crate::facts::{LockFacts, Locked, Name, Problem};
use toml::de::DeTable;

/// Reads a lock file of any version since 1.
pub(super) fn read(text: &str) -> Result<LockFacts, Problem> {
    let document = document(text)?;
    let locked = |package: &DeTable<'_>| {
        Some(Locked {
            name: crate_name(text_of(package, "name")?),
            version: text_of(package, "version")?.into(),
            is_own: text_of(package, "source").is_none(),
            dependencies: texts(package, "dependencies").iter().filter_map(|text| dependency(text)).collect(),
        })
    };
    Ok(LockFacts { packages: list(&document, "package").filter_map(locked).collect() })
}

/// `name`, or where that is not enough `name version`, and behind them a source.
fn dependency(text: &str) -> Option<(Name, Option<Name>)> {
    let mut words = text.split(' ');
    Some((crate_name(words.next()?), words.next().map(Name::from)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn packages_name_what_they_take() {
        let text = "version = 4\n[[package]]\nname = \"my-app\"\nversion = \"0.1.0\"\ndependencies = [\n \"http 0.2.12\",\n \"serde\",\n]\n\
                    [[package]]\nname = \"serde\"\nversion = \"1.0.9\"\nsource = \"registry+https://example.com\"\n";
        let facts = read(text).unwrap();
        let app = Locked {
            name: "my_app".into(),
            version: "0.1.0".into(),
            is_own: true,
            dependencies: vec![("http".into(), Some("0.2.12".into())), ("serde".into(), None)],
        };
        assert_eq!(facts.packages[0], app);
        assert!(!facts.packages[1].is_own && facts.packages[1].version == "1.0.9");
        assert!(read("version = \n").is_err());
    }
}
