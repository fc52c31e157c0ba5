//! The backend by name, in a process of its own: the environment belongs to all of it.

use std::process::Command;

use saola_graph::variable;
use saola_runtime::{Feeds, Session, backend};
use saola_tensor::Result;

/// What the test below runs in another process.
#[test]
fn a_run_on_the_backend_of_the_environment() -> Result<()> {
    if std::env::var_os("SAOLA_TEST_SET").is_some() {
        backend::set("cpu")?;
    }
    let found = Session::new().run(&(variable("x", 2.0f32) * 3.0), Feeds::new());
    match std::env::var_os("SAOLA_TEST_FAULT").is_some() {
        true => {
            let text = found.expect_err("a name that nobody knows").to_string();
            assert!(text.contains("SAOLA_BACKEND: there is no backend `gpu`"), "{text}");
            assert!(text.contains("There is cpu"), "{text}");
        }
        false => assert_eq!(found?.item::<f32>()?, 6.0),
    }
    Ok(())
}

#[test]
fn the_environment_names_the_backend() {
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args(["a_run_on_the_backend_of_the_environment", "--exact"]).env_remove("SAOLA_BACKEND");
        let out = command.envs(variables.iter().copied()).output().expect("it runs");
        assert!(out.status.success(), "{variables:?}: {}", String::from_utf8_lossy(&out.stdout));
    };
    run(&[]);
    run(&[("SAOLA_BACKEND", "cpu")]);
    run(&[("SAOLA_BACKEND", "gpu"), ("SAOLA_TEST_FAULT", "1")]);
    // What the program sets goes before the environment.
    run(&[("SAOLA_BACKEND", "gpu"), ("SAOLA_TEST_SET", "1")]);
}
