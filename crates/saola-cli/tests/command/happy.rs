//! Training, going on, evaluating and predicting with the real command.

use crate::place::{Place, value};

const TRAIN: &str = "train iris.csv --label species --model-dir runs/iris";

#[test]
fn train_go_on_evaluate_and_predict() {
    let place = Place::new();
    let text = place.iris();
    let out = place.good(TRAIN);
    for word in ["sepal_length", "numbers", "mean ", "3 classes: setosa", "120 to train, 30 held back"] {
        assert!(out.contains(word), "no {word}:\n{out}");
    }
    assert!(out.lines().all(|l| l.chars().count() <= 100), "{out}");
    assert_eq!(value(&out, "steps"), 1000.0);
    assert_eq!(value(&out, "held-back examples"), 30.0);
    assert!(value(&out, "accuracy") >= 0.9, "{out}");

    let settings = place.read("runs/iris/saola.json");
    let out = place.good(&format!("{TRAIN} --steps 300"));
    assert!(out.contains("from step 1000"), "{out}");
    assert_eq!(value(&out, "steps"), 1300.0);
    assert_eq!(place.read("runs/iris/saola.json"), settings);
    assert_eq!(place.good(&format!("{TRAIN} --epochs 4 --quiet")).lines().count(), 6);

    let out = place.good("evaluate runs/iris --input iris.csv");
    assert_eq!((value(&out, "examples"), value(&out, "steps")), (150.0, 1315.0));
    assert!(value(&out, "accuracy") >= 0.9 && value(&out, "average loss") < 0.5, "{out}");

    let predicted = place.good("predict runs/iris --input iris.csv");
    let lines: Vec<&str> = predicted.lines().collect();
    assert_eq!(lines[0], "class,probability_setosa,probability_versicolor,probability_virginica");
    let right = lines[1..].iter().zip(text.lines().skip(1));
    let right = right.filter(|(line, row)| line.split(',').next() == row.rsplit(',').next()).count();
    assert!(lines.len() == 151 && right >= 135, "{right} of {}", lines.len());
    for line in &lines[1..] {
        let sum: f64 = line.split(',').skip(1).map(|p| p.parse::<f64>().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{line}");
    }
    predictions_repeat(&place, &text, &predicted);
}

/// The same input gives the same bytes, with and without the label's column, to a file and to the output.
fn predictions_repeat(place: &Place, text: &str, predicted: &str) {
    let unlabeled: String = text.lines().map(|l| format!("{}\n", l.rsplit_once(',').unwrap().0)).collect();
    place.write("unlabeled.csv", &unlabeled);
    assert_eq!(place.good("predict runs/iris --input unlabeled.csv"), predicted);
    place.write("out.csv", "something else");
    assert_eq!(place.good("predict runs/iris --input iris.csv --output out.csv"), "");
    assert_eq!(place.read("out.csv"), predicted);
    let kept = place.good("predict runs/iris --input iris.csv --keep");
    for ((kept, row), line) in kept.lines().zip(text.lines()).zip(predicted.lines()) {
        assert_eq!(kept, format!("{row},{line}"));
    }
}

#[test]
fn words_missing_values_and_two_classes() {
    let place = Place::new();
    let mut text = String::from("key;color;size;empty;class\n");
    for i in 0..200 {
        let color = ["red", "green", ""][i % 3];
        let size = if i % 7 == 0 { String::new() } else { format!("{}.5", i % 10) };
        text.push_str(&format!("k{i};{color};{size};;{}\n", usize::from(color == "red")));
    }
    place.write("shop.csv", &text);
    let line = "train shop.csv --label class --model-dir m --optimizer adagrad --dropout 0.1 --seed 3";
    let out = place.good(line);
    assert!(
        out.contains("160 words in 160 rows: names or keys") && out.contains("empty in every row"),
        "{out}"
    );
    assert_eq!(value(&out, "accuracy"), 1.0);
    assert_eq!(value(&out, "auc"), 1.0);
    assert!(out.contains("of `1`"), "{out}");
    // Columns that were left out need not be there, new ones are passed over, unknown words are taken.
    place.write("new.csv", "note,size,color,class\na,,red,0\nb,2,blue,1\n");
    let out = place.good("predict m --input new.csv --keep");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "note,size,color,class,predicted_class,probability_0,probability_1");
    assert!(lines[1].starts_with("a,,red,0,1,") && lines[2].starts_with("b,2,blue,1,"), "{out}");
}

#[test]
fn large_numbers_that_differ_little() {
    let place = Place::new();
    let mut text = String::from("time,y\n");
    for i in 0..200u64 {
        text.push_str(&format!("{},{}\n", 1_700_000_000_000 + i, if i < 100 { "early" } else { "late" }));
    }
    place.write("times.csv", &text);
    let out = place.good("train times.csv --label y --model-dir m");
    assert!(value(&out, "accuracy") >= 0.9, "{out}");
    let out = place.good("evaluate m --input times.csv");
    assert!(value(&out, "accuracy") >= 0.95, "{out}");
}

#[test]
fn the_same_seed_gives_the_same_model() {
    let place = Place::new();
    place.iris();
    let train = |folder: &str, seed: u32| {
        place.good(&format!("train iris.csv --label species --model-dir {folder} --steps 50 --seed {seed}"));
        place.good(&format!("predict {folder} --input iris.csv"))
    };
    let first = train("a", 1);
    assert_eq!(train("b", 1), first);
    assert_ne!(train("c", 2), first);
}

#[test]
fn nothing_held_back_and_other_delimiters() {
    let place = Place::new();
    let text = place.iris();
    place.write("pipes.csv", &text.replace(',', "|"));
    let out =
        place.good("train pipes.csv --label species --model-dir m --delimiter | --held-back 0 --steps 20");
    assert!(out.contains("150 to train, 0 held back") && !out.contains("accuracy  "), "{out}");
    assert_eq!(value(&place.good("evaluate m --input pipes.csv"), "steps"), 20.0);
    assert_eq!(value(&place.good("evaluate m --input iris.csv --delimiter ,"), "examples"), 150.0);
}
