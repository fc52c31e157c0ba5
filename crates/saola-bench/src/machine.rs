//! What the numbers were taken on: enough to judge them by, nothing that names a machine or its owner.

use std::process::Command;

/// The processor, its cores, the system and the compiler, in one line.
pub(crate) fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = if cores == 1 { "1 core".to_string() } else { format!("{cores} cores") };
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let processor = value(&read("/proc/cpuinfo"), "model name", ':')
        .or_else(|| printed("sysctl", &["-n", "machdep.cpu.brand_string"]))
        .unwrap_or_else(|| std::env::consts::ARCH.to_string());
    let system = value(&read("/etc/os-release"), "PRETTY_NAME", '=')
        .unwrap_or_else(|| std::env::consts::OS.to_string());
    let compiler = printed("rustc", &["--version"]).unwrap_or_else(|| "rustc".to_string());
    [processor, cores, system, compiler].join(", ")
}

/// What stands after the first `key` at the beginning of a line, without quotes.
fn value(text: &str, key: &str, separator: char) -> Option<String> {
    let of = |line: &str| {
        let (name, value) = line.split_once(separator)?;
        (name.trim() == key).then(|| value.trim().trim_matches('"').to_string())
    };
    text.lines().find_map(of)
}

/// The first line that a program prints, if it can be run.
fn printed(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_string();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_both_files() {
        let cpu = "processor\t: 0\nmodel name\t: A CPU @ 2 GHz\nmodel name\t: B\n";
        assert_eq!(value(cpu, "model name", ':').as_deref(), Some("A CPU @ 2 GHz"));
        assert_eq!(value("NAME=x\nPRETTY_NAME=\"Y 1\"\n", "PRETTY_NAME", '=').as_deref(), Some("Y 1"));
        assert_eq!(value("", "a", ':'), None);
    }

    #[test]
    fn there_is_always_a_description() {
        let text = describe();
        assert!(text.contains("core") && !text.contains('\n'), "{text}");
    }
}
