//! The command `highwater`: parse, call, map to an exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
