//! Training that is killed at any moment leaves a model that can be used and trained on.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::place::{Place, value};

const TRAIN: &str = "train iris.csv --label species --model-dir m";

/// Kills a training after `millis`.
fn kill_after(place: &Place, millis: u64) {
    let mut command = place.command(&format!("{TRAIN} --steps 1000000 --save-steps 3 --quiet"));
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(millis));
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
}

#[test]
fn a_killed_training_goes_on() {
    let place = Place::new();
    place.iris();
    let mut before = 0.0;
    // Moments from before the first checkpoint to well into training, spread unevenly.
    for (i, millis) in [0, 3, 9, 17, 31, 58, 83, 121, 167, 211].into_iter().enumerate() {
        let begin = Instant::now();
        kill_after(&place, millis);
        let run = place.run("evaluate m --input iris.csv");
        if run.code != Some(0) {
            let early =
                ["there is no folder `m`", "`m` is not a model's folder", "there is no checkpoint in `m`"];
            assert!(before == 0.0 && early.iter().any(|e| run.err.contains(e)), "{}", run.err);
            continue;
        }
        let steps = value(&run.out, "steps");
        assert!(steps >= before && run.err.is_empty(), "{before} then {steps}\n{}", run.err);
        let out = place.good(&format!("{TRAIN} --steps 7 --quiet"));
        assert_eq!(value(&out, "steps"), steps + 7.0);
        before = steps + 7.0;
        println!("{i}: killed after {millis} ms at step {steps}, {:?}", begin.elapsed());
    }
    assert!(before > 0.0, "no training got to a checkpoint");
    let out = place.good(TRAIN);
    assert!(value(&out, "accuracy") >= 0.9, "{out}");
}
