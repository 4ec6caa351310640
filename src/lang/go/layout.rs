//! How people and gofmt lay out Go: what folders are called, and how an expression is written where it is moved to.

/// Whether a folder, by its path below the codebase, says that services run nothing in it: tests, and what stands in for others.
pub(super) fn is_for_tests(folder: &str) -> bool {
    let names = ["test", "tests", "e2e", "testing", "testutil", "testutils", "mocks"];
    folder.split('/').any(|name| names.contains(&name) || name.starts_with("mock-") || name.starts_with("mock_"))
}

/// Whether a folder can hold, by its path, what only the tests of its codebase use: nobody outside can import it, or it is
/// called as such packages are.
pub(super) fn may_be_for_tests(folder: &str) -> bool {
    let says_test = |name: &str| {
        let whole = ["test", "tests", "testing", "e2e", "integration", "stub", "stubs"];
        let ends = ["test", "tests", "mock", "mocks", "fake", "fakes", "testutil", "testutils", "testdata"];
        let starts = ["test", "mock", "fake"];
        whole.contains(&name)
            || (name != "latest" && ends.iter().any(|end| name.ends_with(end)))
            || starts.iter().any(|start| name.starts_with(start))
    };
    folder.split('/').any(|name| name == "internal" || says_test(name))
}

/// An argument that was the only one of its call, as it is written among others: without blanks around the operators of sums
/// and products. `None` where the blanks lie inside brackets or the like and more would have to be known.
pub(super) fn among_arguments(argument: &str) -> Option<String> {
    let mut out = String::with_capacity(argument.len());
    let (mut quote, mut depth, mut escaped) = (None, 0_u32, false);
    for letter in argument.chars() {
        if let Some(open) = quote {
            let ends = letter == open && !escaped;
            escaped = letter == '\\' && open != '`' && !escaped;
            quote = (!ends).then_some(open);
            out.push(letter);
            continue;
        }
        match letter {
            '"' | '\'' | '`' => quote = Some(letter),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ' ' if depth > 0 && !out.ends_with(',') => return None,
            ' ' if depth == 0 => continue,
            // An expression of several lines, comparisons and logic keep what they have.
            '\n' | '<' | '>' | '=' | '!' | '&' | '|' if depth == 0 => return None,
            _ => {}
        }
        out.push(letter);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{among_arguments, is_for_tests, may_be_for_tests};

    #[test]
    fn folders_for_tests_are_private_or_say_so() {
        for folder in ["internal/kit", "a/internal", "pkg/mocks", "storagefakes", "testutil/db", "e2e"] {
            assert!(may_be_for_tests(folder), "{folder}");
        }
        assert!(is_for_tests("tests/apps/a") && is_for_tests("test/mock-login") && !is_for_tests("internal/latest"));
        for folder in ["", "pkg/client", "internals", "latest/x", "pkg/contesters"] {
            assert!(!may_be_for_tests(folder), "{folder}");
        }
    }

    #[test]
    fn sums_lose_their_blanks_and_texts_keep_them() {
        assert_eq!(
            among_arguments(r#""a b" + x.F(y, "c + d") + `e f`"#).as_deref(),
            Some(r#""a b"+x.F(y, "c + d")+`e f`"#)
        );
        assert_eq!(among_arguments(r#""\" + " + x"#).as_deref(), Some(r#""\" + "+x"#));
        assert_eq!(among_arguments("address").as_deref(), Some("address"));
        assert_eq!(among_arguments("f(a + b)"), None);
        assert_eq!(among_arguments("a == b"), None);
    }
}
