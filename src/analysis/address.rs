//! What an address tells about who answers there.

/// Top-level names that are kept for private use or for examples (RFC 2606, RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's
/// `internal`), and those that clusters and offices use all the same.
const PRIVATE: &[&str] = &[
    "alt",
    "arpa",
    "cluster",
    "consul",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mesh",
    "private",
    "svc",
    "test",
];

/// Whether a URL, or the start of one, names a host of the public internet and asks for it in the way one does there: by a
/// whole name, over TLS, on the usual port.
pub(super) fn is_public(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let mut labels = host.rsplit('.');
    let Some(top) = labels.next() else { return false };
    let is_name = top.len() > 1 && top.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let inner: Vec<&str> = labels.collect();
    is_name && !inner.is_empty() && inner.iter().all(|label| is_label(label)) && !PRIVATE.contains(&top)
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn hosts_of_the_internet_are_told_from_those_of_a_cluster() {
        for url in ["https://api.payments.dev", "https://api.payments.dev/v1/", "https://hooks.chat.io/x?y"] {
            assert!(is_public(url), "{url}");
        }
        let private = [
            "https://",
            "https://stock",
            "https://stock.shop.svc/level",
            "https://stock.shop.svc.cluster.local:8443",
            "https://10.0.0.1/level",
            "https://stock.internal",
            "https://%s.shop.dev/level",
            "http://api.payments.dev",
        ];
        for url in private {
            assert!(!is_public(url), "{url}");
        }
    }
}
