//! The real data sets: the Iris table of this repository, and those of the folder `SAOLA_DATA` (or
//! `../shared/data` beside the repository), where they are there.

use std::path::{Path, PathBuf};

use saola_data::{Column, ColumnType, Csv, Dataset, Mnist};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The file, or what to say where it is not there and the test is skipped.
fn shared(name: &str) -> Result<PathBuf, String> {
    let folder = std::env::var_os("SAOLA_DATA").map(PathBuf::from);
    let path = folder.unwrap_or_else(|| repository().join("../shared/data")).join(name);
    let missing = || format!("skipped: `{name}` is not here; name its folder in SAOLA_DATA");
    path.exists().then_some(path).ok_or_else(missing)
}

#[test]
fn iris_of_the_repository() {
    let table = Csv::read(repository().join("data/iris.csv")).unwrap();
    assert_eq!(table.n_rows(), 150);
    let types: Vec<ColumnType> = table.columns().map(|(_, c)| c.column_type()).collect();
    assert_eq!(types, [[ColumnType::Float; 4].as_slice(), &[ColumnType::Text]].concat());
    let Column::Text(species) = table.column("species").unwrap() else { panic!("not text") };
    assert_eq!(species.view().iter().filter(|s| *s == b"virginica").count(), 50);
}

#[test]
fn iris_as_the_estimator_reads_it() {
    let path = match shared("iris/iris_training.csv") {
        Ok(path) => path,
        Err(why) => return println!("{why}"),
    };
    let dataset = Dataset::csv(path, Some("Species")).unwrap().shuffle(120).repeat(8).batch(32);
    assert_eq!(dataset.cardinality().known(), Some(30));
    let (mut rows, mut labels) = (0, [0usize; 3]);
    for batch in &dataset {
        let batch = batch.unwrap();
        let (features, label) = batch.pair().unwrap();
        rows += features.get("SepalLength").unwrap().tensor().unwrap().as_slice::<f32>().unwrap().len();
        let classes = label.tensor().unwrap().to_vec::<i64>().unwrap();
        classes.iter().for_each(|&class| labels[class as usize] += 1);
    }
    assert_eq!(rows, 960);
    assert!(labels.iter().all(|n| n % 8 == 0) && labels.iter().sum::<usize>() == 960, "{labels:?}");
}

#[test]
fn census() {
    let path = match shared("census/adult-train.csv") {
        Ok(path) => path,
        Err(why) => return println!("{why}"),
    };
    let table = Csv::read(path).unwrap();
    assert_eq!((table.n_rows(), table.names().len()), (32_561, 15));
    let ints: Vec<&str> =
        table.columns().filter(|(_, c)| c.column_type() == ColumnType::Int).map(|(n, _)| n).collect();
    let expected = ["age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week"];
    assert_eq!(ints, expected);
    let Column::Text(jobs) = table.column("workclass").unwrap() else { panic!("not text") };
    // The count of unknown employers in the description of the data set.
    assert_eq!(jobs.view().iter().filter(|s| *s == b"?").count(), 1_836);
    let Column::Text(income) = table.column("income_bracket").unwrap() else { panic!("not text") };
    assert_eq!(income.view().iter().filter(|s| *s == b">50K").count(), 7_841);
}

#[test]
fn mnist() {
    let folder = match shared("mnist") {
        Ok(folder) => folder,
        Err(why) => return println!("{why}"),
    };
    let mnist = Mnist::open(folder).unwrap();
    assert_eq!(&mnist.test.images.shape()[..], [10_000, 28, 28]);
    let labels = mnist.test.labels.to_vec::<u8>().unwrap();
    assert_eq!(labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let zeros = labels.iter().filter(|&&l| l == 0).count();
    assert_eq!(zeros, 980);
    let batch = Dataset::from_tensor_slices((&mnist.test.images, &mnist.test.labels)).unwrap();
    let batch = batch.shuffle(10_000).batch(32).iter().next().unwrap().unwrap();
    assert_eq!(&batch.pair().unwrap().0.tensor().unwrap().shape()[..], [32, 28, 28]);
}
