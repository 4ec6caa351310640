//! Writes a workspace of Go services: the same text for the same size, on every machine.
//!
//! About one function in four has to do with requests, contexts or spans; the rest is plain business code, as in real
//! services. Every service has an entry, an API, a store behind an interface, a client of another service, a worker and
//! three packages of business code; all share four small packages. About 100 functions a package.

use std::fmt::Write;

/// A file of the workspace.
pub(crate) struct File {
    /// Its path, separated by `/`.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// How many functions one service has, about.
const SERVICE: usize = 640;

/// How many functions one file has.
const FUNCTIONS_IN_FILE: usize = 10;

/// A workspace with about this many functions.
pub(crate) fn workspace(functions: usize) -> Vec<File> {
    let mut files = vec![File { path: "go.mod".to_owned(), text: MANIFEST.to_owned() }];
    for (path, text) in SHARED {
        files.push(File { path: (*path).to_owned(), text: (*text).to_owned() });
    }
    let services = functions.div_ceil(SERVICE).max(1);
    let scale = functions as f64 / (services * SERVICE) as f64;
    for number in 0..services {
        Service { number, services, scale, random: Random(0x5eed + number as u64) }.write(&mut files);
    }
    files
}

/// One service while it is written.
struct Service {
    number: usize,
    services: usize,
    /// How much of its full size it has.
    scale: f64,
    random: Random,
}

impl Service {
    fn write(&mut self, files: &mut Vec<File>) {
        for kind in PACKAGES {
            let count = (kind.functions as f64 * self.scale) as usize;
            let file_count = (count / FUNCTIONS_IN_FILE).max(1);
            for file in 0..file_count {
                files.push(self.file(kind, file, file_count));
            }
        }
        let text = self.fill(MAIN, "Main", "");
        files.push(File { path: format!("services/s{}/main.go", self.number), text });
    }

    /// A file of a package: a type of its own with methods, and functions that call earlier ones of the package.
    fn file(&mut self, kind: &Package, file: usize, file_count: usize) -> File {
        let noun = noun(file);
        let (header, once, shapes) = kind.parts();
        let mut text = self.fill(header, &noun, "").replace("$PACKAGE", kind.folder);
        let mut written: Vec<(usize, String)> = Vec::new();
        for index in 0..FUNCTIONS_IN_FILE {
            let shape = self.random.below(shapes.len());
            let name = format!("{}{}", VERBS[(index + self.random.below(3) * 10) % VERBS.len()], index);
            // Most functions go on to an earlier one of the same shape, here or in another file of the package.
            let earlier: Vec<&String> =
                written.iter().filter(|(held, _)| *held == shape).map(|(_, name)| name).collect();
            let callee = match earlier.len() {
                0 => String::new(),
                count => earlier[self.random.below(count)].clone(),
            };
            let function = self.fill(shapes[shape], &noun, &name);
            for line in function.lines() {
                match line.trim_start().strip_prefix("//call ") {
                    Some(call) if !callee.is_empty() => {
                        let call = call.replace("$CALLEE", &callee);
                        for line in call.split(" | ") {
                            let _ = writeln!(text, "\t{line}");
                        }
                    }
                    Some(_) => {}
                    None => {
                        let _ = writeln!(text, "{line}");
                    }
                }
            }
            text.push('\n');
            written.push((shape, name));
        }
        if file == 0 {
            text.push_str(&self.fill(once, &noun, ""));
        }
        if kind.folder == "api" {
            text.push_str(&routes(&noun, &written));
            if file == 0 {
                text.push_str(&all_routes(file_count));
            }
        }
        File { path: format!("services/s{}/{}/{}.go", self.number, kind.folder, noun.to_lowercase()), text }
    }

    fn fill(&mut self, template: &str, noun: &str, name: &str) -> String {
        let number = self.random.below(900) + 10;
        let word = WORDS[self.random.below(WORDS.len())];
        let other = (self.number + 1) % self.services;
        // One service in four sends without a tracing transport, and one in five serves without the middleware.
        let bare = self.number % 4 == 3;
        let transport = if bare { "http.DefaultTransport" } else { "otelhttp.NewTransport(http.DefaultTransport)" };
        let serves = match self.number % 5 {
            4 => "server.Handler()".to_owned(),
            _ => format!("otelhttp.NewHandler(server.Handler(), \"s{}\")", self.number),
        };
        template
            .replace("$SERVICE", &format!("s{}", self.number))
            .replace("$OTHER", &format!("s{other}"))
            .replace("$TRANSPORT", transport)
            .replace("$SERVES", &serves)
            .replace("$NUMBER", &number.to_string())
            .replace("$WORD", word)
            .replace("$LOWER", &noun.to_lowercase())
            .replace("$NOUN", noun)
            .replace("$NAME", name)
    }
}

/// The handlers of one file of an API.
fn routes(noun: &str, written: &[(usize, String)]) -> String {
    let mut text = format!("func (s *Server) routes{noun}(mux *http.ServeMux) {{\n");
    for (shape, name) in written.iter().filter(|(shape, _)| *shape < HANDLERS) {
        let _ = writeln!(text, "\tmux.HandleFunc(\"/{shape}/{noun}/{name}\", s.{name}{noun})");
    }
    text.push_str("}\n\n");
    text
}

/// The handler of a whole API.
fn all_routes(file_count: usize) -> String {
    let mut text = "func (s *Server) Handler() http.Handler {\n\tmux := http.NewServeMux()\n".to_owned();
    for file in 0..file_count {
        let _ = writeln!(text, "\ts.routes{}(mux)", noun(file));
    }
    text.push_str("\treturn web.Recover(web.Log(mux))\n}\n");
    text
}

fn noun(file: usize) -> String {
    let (word, round) = (NOUNS[file % NOUNS.len()], file / NOUNS.len());
    if round == 0 { word.to_owned() } else { format!("{word}{round}") }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// A package of every service.
struct Package {
    folder: &'static str,
    functions: usize,
    template: &'static str,
}

impl Package {
    /// What each of its files starts with, what stands in one file only, and its functions.
    ///
    /// A line `//call ...` of a function is there only where an earlier function of the shape can be called; its
    /// statements are separated by ` | `.
    fn parts(&self) -> (&'static str, &'static str, Vec<&'static str>) {
        let mut parts = self.template.split("---\n");
        let (header, once) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        (header, once, parts.collect())
    }
}

/// How many of the API's shapes are handlers; the others are helpers.
const HANDLERS: usize = 5;

const PACKAGES: &[Package] = &[
    Package { folder: "api", functions: 100, template: include_str!("templates/api.txt") },
    Package { folder: "store", functions: 100, template: include_str!("templates/store.txt") },
    Package { folder: "peer", functions: 60, template: include_str!("templates/peer.txt") },
    Package { folder: "worker", functions: 60, template: include_str!("templates/worker.txt") },
    Package { folder: "pricing", functions: 100, template: PLAIN },
    Package { folder: "catalogue", functions: 100, template: PLAIN },
    Package { folder: "shipping", functions: 100, template: PLAIN },
];

const PLAIN: &str = include_str!("templates/plain.txt");

const NOUNS: &[&str] = &[
    "Order", "Invoice", "Product", "Customer", "Basket", "Voucher", "Payment", "Parcel", "Address", "Review", "Stock",
    "Price", "Account", "Session", "Report", "Supplier",
];

const VERBS: &[&str] = &[
    "Load",
    "Merge",
    "Apply",
    "Collect",
    "Resolve",
    "Check",
    "Build",
    "Select",
    "Update",
    "Count",
    "Refresh",
    "Split",
    "Render",
    "Group",
    "Assign",
    "Read",
    "Reserve",
    "Close",
    "Archive",
    "Compare",
    "Convert",
    "Filter",
    "Index",
    "Normalize",
    "Plan",
    "Sort",
    "Trim",
    "Weigh",
    "Verify",
    "Move",
];

const WORDS: &[&str] =
    &["amber", "basic", "cobalt", "daily", "eager", "final", "global", "hidden", "inner", "joint", "known", "local"];

const MANIFEST: &str = "module example.com/shop

go 1.23

require (
\tgo.opentelemetry.io/contrib/instrumentation/net/http/otelhttp v0.58.0
\tgo.opentelemetry.io/otel v1.33.0
\tgo.opentelemetry.io/otel/sdk v1.33.0
\tgo.opentelemetry.io/otel/trace v1.33.0
)
";

/// What all services use, by path.
const SHARED: &[(&str, &str)] = &[
    ("pkg/tracing/tracing.go", include_str!("templates/tracing.txt")),
    ("pkg/web/web.go", include_str!("templates/web.txt")),
    ("pkg/rest/rest.go", include_str!("templates/rest.txt")),
    ("pkg/text/text.go", include_str!("templates/text.txt")),
];

const MAIN: &str = include_str!("templates/main.txt");
