//! The program `miaopi`; `miaopi --help` lists what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    miaopi::cli::run(std::env::args_os())
}
