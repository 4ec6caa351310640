//! A fix is proven by running it. For each recipe a small real set of services is copied, broken as
//! it ships and repaired by the tool, built by its own toolchain, run with a real Zipkin server and
//! called once. The spans read back must be in pieces before the repair and one trace after it.
//!
//! One module per service set (`shop`, `gin`, `grpc`, `queue`, `rust`); what they share knows no recipe:
//!
//! | module | holds |
//! |---|---|
//! | `neovim` | the same repair by a real editor and the language server; nothing is run |
//! | `readers` | reports read by those for whom they are written; nothing is run, either |
//! | `toolchain` | what must be on the machine, and the skip when it is not |
//! | `set` | a set of services as its proof describes it, and the proof itself |
//! | `services` | copying, repairing, building, starting, calling |
//! | `zipkin` | the server and what it has collected |
//! | `spans` | what a list of spans must look like |
//! | `process` | children that never outlive the test |

mod gin;
mod grpc;
mod neovim;
mod process;
mod queue;
mod readers;
mod rust;
mod services;
mod set;
mod shop;
mod spans;
mod toolchain;
mod zipkin;

/// What went wrong, told in full to whoever reads the test's output.
type Outcome<T> = Result<T, String>;

/// Prints for those who run a test with `--nocapture`, and for the output of one that fails.
#[allow(clippy::print_stdout, reason = "a skip and the trees of a run are there to be read")]
fn say(text: &str) {
    println!("{text}");
}
