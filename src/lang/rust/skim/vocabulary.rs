//! Words of the language, and what texts look like.

use rustc_hash::FxHashSet;
use std::sync::LazyLock;

type Words = LazyLock<FxHashSet<&'static str>>;

/// Words that name nothing.
static KEYWORDS: Words = LazyLock::new(|| {
    words(
    "as async await break const continue dyn else enum extern false fn for if impl in let loop match mod move mut pub ref
     return static struct trait true type unsafe use where while")
});

/// Traits whose values are run.
static CALLABLE: Words =
    LazyLock::new(|| words("AsyncFn AsyncFnMut AsyncFnOnce Fn FnMut FnOnce Future IntoFuture Stream"));

/// Traits that need not be imported.
static PRELUDE: Words = LazyLock::new(|| {
    words(
    "AsMut AsRef Clone Default DoubleEndedIterator Drop Eq ExactSizeIterator Extend From FromIterator Into IntoIterator
     Iterator Ord PartialEq PartialOrd ToOwned ToString TryFrom TryInto")
});

/// Methods of the language's own values, which they are mostly called on.
static OF_ANYTHING: Words = LazyLock::new(|| {
    words(
    "all and_then any as_bytes as_deref as_mut as_ref as_slice as_str borrow build chars clear clone cloned cmp collect
     contains contains_key copied count deref drain entry enumerate eq err expect extend filter filter_map find first
     flat_map flatten fmt fold for_each from get get_mut hash insert into into_iter is_empty is_err is_none is_ok is_some
     iter iter_mut keys last len lines map map_err map_or max min ne ok ok_or ok_or_else or_default or_else parse
     partial_cmp pop position push push_str remove replace retain rev skip sort split starts_with sum take then to_owned
     to_string to_vec trim try_from try_into unwrap unwrap_or unwrap_or_default unwrap_or_else values zip")
});

/// Parts of the names of functions that read or write contexts, whoever wrote them.
const TOUCHING: [&str; 3] = ["nject", "ropagat", "extract_c"];

fn words(list: &'static str) -> FxHashSet<&'static str> {
    list.split_whitespace().collect()
}

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(word)
}

pub(super) fn is_callable(word: &str) -> bool {
    CALLABLE.contains(word)
}

pub(super) fn is_in_prelude(word: &str) -> bool {
    PRELUDE.contains(word)
}

pub(super) fn is_of_anything(word: &str) -> bool {
    OF_ANYTHING.contains(word)
}

/// Whether a function of this name may read or write a context.
pub(super) fn is_touching(name: &str) -> bool {
    TOUCHING.iter().any(|part| name.contains(part))
}

/// Whether what a path starts with stands for the crate that it is written in.
pub(super) fn is_own(holder: &str) -> bool {
    matches!(holder, "crate" | "self" | "super")
}

/// Whether a macro makes texts.
pub(super) fn makes_text(name: &str) -> bool {
    matches!(name, "format" | "concat")
}

/// Whether a word looks like the name of a constant.
pub(super) fn is_constant(word: &str) -> bool {
    word.len() > 1 && word.starts_with(|first: char| first.is_ascii_uppercase()) && !word.contains(char::is_lowercase)
}

/// Whether a type is that of texts.
pub(super) fn is_text(name: &str) -> bool {
    matches!(name, "Cow" | "String" | "Uri" | "Url" | "str")
}

/// Whether a text can name a header that carries contexts.
pub(super) fn may_be_header(text: &str) -> bool {
    let is_trace = || text.contains("trace") && text != "trace" && !text.contains(char::is_whitespace);
    text.starts_with("b3") || text.contains("x-b3") || is_trace()
}

/// Whether a text can be an address, or a part of one that is served.
pub(super) fn may_be_address(text: &str) -> bool {
    text.starts_with('/') || text.contains("://")
}
