//! Boosted trees: how many there are, when they are all there, and what they do not take.

use crate::place::{Place, value};

const TRAIN: &str = "train iris.csv --label species --model-dir m --estimator boosted-trees";

#[test]
fn training_ends_when_all_trees_are_there() {
    let place = Place::new();
    place.iris();
    let out = place.good(&format!("{TRAIN} --trees 12 --depth 3 --steps 5"));
    for word in
        ["boosted-trees, 4 → 3, 12 trees of depth 3", "learning rate 0.1", "5 of 12 trees, from all rows"]
    {
        assert!(out.contains(word), "no {word}:\n{out}");
    }
    assert_eq!(value(&out, "steps"), 5.0);
    let settings = place.read("m/saola.json");
    assert!(settings.contains("\"trees\": 12") && settings.contains("\"depth\": 3"), "{settings}");
    assert!(!settings.contains("optimizer"), "{settings}");
    let out = place.good("train iris.csv --label species --model-dir m");
    assert!(out.contains("from step 5 ") && out.contains("the 7 trees that are left"), "{out}");
    assert_eq!(value(&out, "steps"), 12.0);
    // A complete model says so, and how good it is.
    let before = place.good("predict m --input iris.csv");
    for more in ["", " --steps 4", " --epochs 2"] {
        let out = place.good(&format!("{TRAIN}{more}"));
        assert!(out.contains("none: all 12 trees are there"), "{out}");
        assert_eq!((value(&out, "steps"), value(&out, "held-back examples")), (12.0, 30.0));
    }
    assert_eq!(place.good("predict m --input iris.csv"), before);
    // Trees that grew in two goes are those that grow in one.
    place.good(&format!("{TRAIN} --trees 12 --depth 3").replace(" m ", " once "));
    assert_eq!(place.good("predict once --input iris.csv"), before);
    let words = ["--trees", "expected 12, found 13", "--depth", "expected 3, found 6"];
    place.bad(&format!("{TRAIN} --trees 13 --depth 6"), &words);
    place.bad(&format!("{TRAIN} --optimizer adam"), &["--optimizer", "expected none, found adam"]);
    place.bad(&format!("{TRAIN} --batch-size 8"), &["--batch-size", "expected all rows, found 8"]);
    place.write("m/saola.json", &settings.replace("\"trees\": 12", "\"trees\": 99999999"));
    place.bad(TRAIN, &["m/saola.json", "forest"]);
}

#[test]
fn words_and_missing_values_and_numbers_that_differ_little() {
    let place = Place::new();
    let (mut classes, mut amounts) =
        (String::from("time,word,size,y\n"), String::from("time,word,size,much\n"));
    for i in 0..900u64 {
        // More words than a column of trees has bins; no more times, so that each is told from the next.
        let (time, word) = (1_700_000_000_000 + i / 6, i % 300);
        let size = if i % 3 == 0 { String::new() } else { (i % 5).to_string() };
        let row = format!("{time},w{word},{size}");
        let late = i >= 450;
        classes.push_str(&format!("{row},{}\n", if late { "late" } else { "early" }));
        let much = 100.0 * f64::from(u8::from(late)) + if i % 3 == 0 { 7.25 } else { i as f64 * 1e-6 };
        amounts.push_str(&format!("{row},{much}\n"));
    }
    place.write("y.csv", &classes);
    place.write("much.csv", &amounts);
    let train = |label: &str| {
        let line = format!("train {label}.csv --label {label} --model-dir {label}");
        place.good(&format!("{line} --estimator boosted-trees --trees 60 --depth 3"))
    };
    assert_eq!(value(&train("y"), "accuracy"), 1.0);
    let out = train("much");
    assert!(value(&out, "root mean squared error") < 1.0, "{out}");
    let out = place.good("predict y --input y.csv");
    assert_eq!(out.lines().next(), Some("class,probability_early,probability_late"));
    place.bad("export y out", &["tree_bins", "no counterpart in TensorFlow", "predict with saola"]);
    assert!(!place.path("out").exists());
}

#[test]
fn options_that_a_kind_does_not_have() {
    let place = Place::new();
    place.iris();
    for (option, word) in [
        ("--hidden-units 8", "hidden layers"),
        ("--dropout 0.5", "hidden layers"),
        ("--optimizer adam", "optimizer"),
        ("--batch-size 8", "batches"),
    ] {
        let name = option.split(' ').next().unwrap();
        place.bad(&format!("{TRAIN} {option}"), &["`boosted-trees` has no", word, name, "leave"]);
    }
    for option in ["--trees 5", "--depth 2"] {
        let line = format!("train iris.csv --label species --model-dir m {option}");
        place.bad(&line, &["`dnn` has no trees", "--estimator boosted-trees"]);
    }
    place.bad(&format!("{TRAIN} --trees 90000 --depth 14"), &["270000 trees", "smaller --depth"]);
    assert_eq!(place.run(&format!("{TRAIN} --depth 15")).code, Some(2));
    assert_eq!(place.run(&format!("{TRAIN} --trees 0")).code, Some(2));
    assert!(!place.path("m").exists());
}
