//! Every kind of model, as a classifier and as a regressor, by the label.

use crate::place::{Place, value};

const KINDS: [&str; 5] = ["linear", "dnn", "dnn-linear", "boosted-trees", "baseline"];

#[test]
fn every_kind_is_a_classifier_where_the_label_has_classes() {
    let place = Place::new();
    place.iris();
    for kind in KINDS {
        let out =
            place.good(&format!("train iris.csv --label species --model-dir {kind} --estimator {kind}"));
        assert!(out.contains(&format!("{kind}, 4 → ")), "{out}");
        let out = place.good(&format!("evaluate {kind} --input iris.csv"));
        let right = value(&out, "accuracy");
        assert!(if kind == "baseline" { right < 0.5 } else { right > 0.9 }, "{kind}: {out}");
        let lines = place.good(&format!("predict {kind} --input iris.csv"));
        assert_eq!(
            lines.lines().next(),
            Some("class,probability_setosa,probability_versicolor,probability_virginica")
        );
        let again = format!("train iris.csv --label species --model-dir {kind} --steps 10");
        let steps = if kind == "boosted-trees" { 100 } else { 1000 };
        assert!(place.good(&again).contains(&format!("from step {steps} ")), "{kind} does not go on");
    }
    let words = ["other settings", "--estimator", "expected linear, found dnn"];
    place.bad("train iris.csv --label species --model-dir linear --estimator dnn", &words);
}

#[test]
fn every_kind_is_a_regressor_where_the_label_is_a_quantity() {
    let place = Place::new();
    let text = place.iris();
    for kind in KINDS {
        let train = format!("train iris.csv --label petal_length --model-dir {kind} --estimator {kind}");
        let out = place.good(&format!("{train} --steps 3000"));
        assert!(out.contains("a quantity: mean 3.7"), "{out}");
        let out = place.good(&format!("evaluate {kind} --input iris.csv"));
        let (root, mean) = (value(&out, "root mean squared error"), value(&out, "mean of labels"));
        // The deviation of the lengths is 1.76.
        assert!(if kind == "baseline" { (1.6..1.9).contains(&root) } else { root < 0.5 }, "{kind}: {out}");
        assert!((3.7..3.8).contains(&mean), "{out}");
        let lines = place.good(&format!("predict {kind} --input iris.csv"));
        assert_eq!((lines.lines().count(), lines.lines().next()), (151, Some("prediction")));
        let lengths = text.lines().skip(1).map(|l| l.split(',').nth(2).unwrap().parse::<f64>().unwrap());
        let squares =
            lines.lines().skip(1).zip(lengths).map(|(p, l)| (p.parse::<f64>().unwrap() - l).powi(2));
        let same = (squares.sum::<f64>() / 150.0).sqrt();
        assert!((same - root).abs() < 1e-3 * root.max(1.0), "{kind}: {same}, not {root}");
    }
}
