//! `file:` addresses and paths, each from the other.

use std::path::{Component, Path, PathBuf, Prefix};

/// The path that an address names; none if it names no file on this machine.
pub(super) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // What stands between the second and the third slash is a host: none, or this one.
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = decode(rest.starts_with('/').then_some(rest)?)?;
    let mut letters = path.chars().skip(1);
    let has_drive =
        letters.next().is_some_and(|first| first.is_ascii_alphabetic()) && letters.next() == Some(':') && cfg!(windows);
    Some(PathBuf::from(if has_drive { &path[1..] } else { &path }))
}

/// The address of an absolute path.
pub(super) fn of_path(path: &Path) -> String {
    let mut uri = String::from("file://");
    for component in path.components() {
        match component {
            Component::Prefix(prefix) => {
                if let Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) = prefix.kind() {
                    uri.push('/');
                    uri.push(char::from(letter.to_ascii_lowercase()));
                    uri.push_str("%3A");
                }
            }
            Component::RootDir => {}
            other => {
                uri.push('/');
                encode(&other.as_os_str().to_string_lossy(), &mut uri);
            }
        }
    }
    uri
}

/// Bytes written as `%20` become what they stand for. None if that is no UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let hexadecimal = |byte: &u8| char::from(*byte).to_digit(16);
        if let (b'%', [high, low, left @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (hexadecimal(high), hexadecimal(low))
        {
            bytes.push((high * 16 + low) as u8);
            rest = left;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

fn encode(name: &str, uri: &mut String) {
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_paths() {
        assert_eq!(to_path("file:///a/b%20c/d.go"), Some(PathBuf::from("/a/b c/d.go")));
        assert_eq!(to_path("file://localhost/a%C3%A9"), Some(PathBuf::from("/aé")));
        assert_eq!(to_path("file:///100%"), Some(PathBuf::from("/100%")));
        assert_eq!(to_path("untitled:Untitled-1"), None);
        assert_eq!(to_path("file:///%FF"), None);
    }

    #[test]
    fn paths_come_back() {
        for path in ["/a/b c/d.go", "/aé/#?%/x+y@z.rs"] {
            assert_eq!(to_path(&of_path(Path::new(path))), Some(PathBuf::from(path)), "{path}");
        }
        assert_eq!(of_path(Path::new("/a b/é")), "file:///a%20b/%C3%A9");
    }
}
