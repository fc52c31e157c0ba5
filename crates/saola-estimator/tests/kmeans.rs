//! k-means beside the real `tf.estimator.experimental.KMeans` and scikit-learn's.

use saola_data::{Dataset, Element};
use saola_estimator::{DistanceMetric, InitialClusters, KMeans, KMeansBuilder, RunConfig, Train, column};
use saola_tensor::{Error, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::tolerance::difference;
use saola_testkit::{Golden, Tolerance};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

fn quiet(builder: KMeansBuilder, folder: &tempfile::TempDir) -> KMeansBuilder {
    builder.config(RunConfig::new().model_dir(folder.path()).quiet())
}

fn points(x: Tensor) -> Result<Dataset> {
    Dataset::from_tensor_slices(Element::from([("x", x)]))
}

fn assert_near(got: &Tensor, expected: &Tensor, what: &str) {
    // The reference divides by 10⁻⁶ more than there are examples.
    let fault = difference(got, expected, Tolerance::of(expected.dtype()).times(4.0));
    assert!(fault.is_none(), "{what}: {}", fault.unwrap_or_default());
}

fn rows(all: &[Vec<f32>]) -> Result<Tensor> {
    let width = all.first().map_or(0, Vec::len);
    Tensor::new(all.concat(), [all.len(), width])
}

fn of_estimator(golden: &Golden, case: &Entry<'_>) -> Result<()> {
    let name = case.get("name")?.text()?;
    let batches = golden.root().get("batches")?.tensor()?;
    let [steps, n, width] = batches.shape()[..] else { return Err(Error::value("batches")) };
    let all = batches.reshape([steps * n, width])?;
    let folder = folder()?;
    let metric = match case.get("metric")?.text()? {
        "cosine" => DistanceMetric::Cosine,
        _ => DistanceMetric::SquaredEuclidean,
    };
    let model = KMeans::new(1)
        .initial_clusters(golden.root().get("initial")?.tensor()?)
        .distance_metric(metric)
        .use_mini_batch(false);
    let model = quiet(model, &folder).build()?;
    model.train(|| Ok(points(all.clone())?.batch(n)), Train::new())?;
    for (variable, value) in case.get("variables")?.fields()? {
        assert_near(
            &model.estimator().variable_value(variable)?,
            &value.tensor()?,
            &format!("{name}: {variable}"),
        );
    }
    let one = || Ok(points(all.rows(0..n)?)?.batch(n));
    let index = case.get("index")?.tensor()?;
    assert_eq!(model.predict_cluster_index(one)?, index.as_slice::<i64>()?, "{name}");
    assert_near(&rows(&model.transform(one)?)?, &case.get("transformed")?.tensor()?, name);
    let score = case.get("score")?.tensor()?;
    assert_near(&Tensor::scalar(model.score(one)? as f32), &score, name);
    let evaluated = model.evaluate(one, saola_estimator::Evaluate::new())?.get("score")?;
    assert_near(&Tensor::scalar(evaluated as f32), &score, name);
    Ok(())
}

#[test]
fn clusters_are_those_of_the_real_estimator() -> Result<()> {
    let golden = Golden::read("kmeans.json")?;
    golden.cases()?.iter().try_for_each(|case| of_estimator(&golden, case))
}

#[test]
fn full_batches_are_lloyd_s_algorithm() -> Result<()> {
    let golden = Golden::read("kmeans_sklearn.json")?;
    let all = golden.root().get("points")?.tensor()?;
    let n = all.n_rows()?;
    for case in golden.cases()? {
        let folder = folder()?;
        let model =
            KMeans::new(1).initial_clusters(golden.root().get("initial")?.tensor()?).use_mini_batch(false);
        let model = quiet(model, &folder).build()?;
        let steps = case.get("steps")?.integer()? as usize;
        model.train(|| Ok(points(all.clone())?.batch(n).repeat(steps)), Train::new())?;
        let name = case.get("name")?.text()?;
        assert_near(&model.cluster_centers()?, &case.get("centers")?.tensor()?, name);
        let index = case.get("index")?.tensor()?;
        assert_eq!(
            model.predict_cluster_index(|| Ok(points(all.clone())?.batch(50)))?,
            index.as_slice::<i64>()?
        );
        let distances = model.transform(|| Ok(points(all.rows(0..12)?)?.batch(12)))?;
        assert_near(&rows(&distances)?, &case.get("distances")?.tensor()?, name);
    }
    Ok(())
}

/// Folders that the real estimator wrote go on here.
#[test]
fn folders_of_the_real_estimator() -> Result<()> {
    let golden = Golden::read("kmeans.json")?;
    let batches = golden.root().get("batches")?.tensor()?;
    let [_, n, width] = batches.shape()[..] else { return Err(Error::value("batches")) };
    let first = batches.rows(0..1)?.reshape([n, width])?;
    let one = || Ok(points(first.clone())?.batch(n));
    for case in golden.cases()? {
        let name = case.get("metric")?.text()?;
        let (folder, from) = (folder()?, Golden::path(&format!("kmeans_{name}"))?);
        let io = |e| Error::io("copying", &from, e);
        for entry in std::fs::read_dir(&from).map_err(io)? {
            let entry = entry.map_err(io)?;
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).map_err(io)?;
        }
        let metric = if name == "cosine" { DistanceMetric::Cosine } else { DistanceMetric::SquaredEuclidean };
        let model = quiet(KMeans::new(4).distance_metric(metric).use_mini_batch(false), &folder).build()?;
        let index = case.get("index")?.tensor()?;
        assert_eq!(model.predict_cluster_index(one)?, index.as_slice::<i64>()?, "{name}");
        assert_near(&rows(&model.transform(one)?)?, &case.get("transformed")?.tensor()?, name);
        let before = model.score(one)?;
        model.train(one, Train::new())?;
        assert_eq!(model.estimator().variable_value("global_step")?.item::<i64>()?, 8);
        assert!(model.score(one)? <= before, "{name}");
    }
    Ok(())
}

/// Centres that mini batches move, one example after the other: each is the mean of its examples so far, and of where it
/// was where that counts as one.
fn plain(batches: &[Vec<[f64; 3]>], centers: &[[f64; 3]], per_iteration: usize) -> Vec<[f64; 3]> {
    let (mut fixed, mut moving) = (centers.to_vec(), centers.to_vec());
    let before = if per_iteration == 1 { 1.0 } else { 0.0 };
    let mut counts = vec![before; centers.len()];
    for (step, batch) in batches.iter().enumerate() {
        if step % per_iteration == 0 {
            fixed.clone_from(&moving);
            if per_iteration > 1 {
                counts.fill(0.0);
            }
        }
        for x in batch {
            let far = |c: &[f64; 3]| c.iter().zip(x).map(|(c, x)| (c - x).powi(2)).sum::<f64>();
            let order = |a: &usize, b: &usize| far(&fixed[*a]).total_cmp(&far(&fixed[*b]));
            let nearest = (0..fixed.len()).min_by(order).unwrap_or(0);
            counts[nearest] += 1.0;
            for (m, x) in moving[nearest].iter_mut().zip(x) {
                *m += (x - *m) / counts[nearest];
            }
        }
    }
    moving
}

#[test]
fn mini_batches_move_centres_by_running_means() -> Result<()> {
    let golden = Golden::read("kmeans.json")?;
    let (initial, batches) =
        (golden.root().get("initial")?.tensor()?, golden.root().get("batches")?.tensor()?);
    let triples = |t: &Tensor| -> Result<Vec<[f64; 3]>> {
        Ok(t.as_slice::<f32>()?.as_chunks::<3>().0.iter().map(|x| x.map(f64::from)).collect())
    };
    let [steps, n, width] = batches.shape()[..] else { return Err(Error::value("batches")) };
    let all = batches.reshape([steps * n, width])?;
    let parts: Vec<Vec<[f64; 3]>> = triples(&all)?.chunks(n).map(<[_]>::to_vec).collect();
    for per_iteration in [1, 3] {
        let folder = folder()?;
        let model =
            KMeans::new(1).initial_clusters(initial.clone()).mini_batch_steps_per_iteration(per_iteration);
        let model = quiet(model, &folder).build()?;
        model.train(|| Ok(points(all.clone())?.batch(n)), Train::new())?;
        let moving = if per_iteration == 1 { "clusters" } else { "clusters_updated" };
        let expected: Vec<f32> =
            plain(&parts, &triples(&initial)?, per_iteration).concat().iter().map(|&x| x as f32).collect();
        let expected = Tensor::new(expected, [initial.shape()[0], width])?;
        assert_near(&model.estimator().variable_value(moving)?, &expected, moving);
    }
    Ok(())
}

/// Three groups, far from each other, and where they are.
fn groups() -> Result<Tensor> {
    let at = |i: usize| [(i % 3) as f32 * 10.0 + (i / 3) as f32 * 0.01, (i % 3) as f32 * -5.0];
    Tensor::new((0..60).flat_map(at).collect::<Vec<f32>>(), [60, 2])
}

#[test]
fn k_means_plus_plus_finds_groups() -> Result<()> {
    let x = groups()?;
    for seed in 0..5 {
        let folder = folder()?;
        let model =
            KMeans::new(3).initial_clusters(InitialClusters::KMeansPlusPlus).seed(seed).use_mini_batch(false);
        let model = quiet(model, &folder).relative_tolerance(1e-6).build()?;
        model.train(|| Ok(points(x.clone())?.batch(60).repeat(50)), Train::new())?;
        // The tolerance ended it long before the input.
        assert!(model.estimator().variable_value("global_step")?.item::<i64>()? < 10);
        let mut index = model.predict_cluster_index(|| Ok(points(x.clone())?.batch(60)))?[..3].to_vec();
        index.sort_unstable();
        assert_eq!(index, [0, 1, 2], "seed {seed}");
        assert!(model.score(|| Ok(points(x.clone())?.batch(7)))? < 1.0);
    }
    Ok(())
}

#[test]
fn the_seed_chooses_the_first_centres() -> Result<()> {
    let x = groups()?;
    let first = |seed: u64| -> Result<Tensor> {
        let folder = folder()?;
        let model = quiet(KMeans::new(5).seed(seed), &folder).build()?;
        model.train(|| Ok(points(x.clone())?.batch(60)), Train::new())?;
        model.cluster_centers()
    };
    assert_eq!(first(1)?, first(1)?);
    assert_ne!(first(1)?, first(2)?);
    Ok(())
}

#[test]
fn training_goes_on_where_it_was() -> Result<()> {
    let x = groups()?;
    let (once, twice) = (folder()?, folder()?);
    let make = |folder| {
        quiet(KMeans::new(4).mini_batch_steps_per_iteration(3), folder)
            .feature_columns([column::Numeric::new("x").shape([2])])
            .build()
    };
    make(&once)?.train(|| Ok(points(x.clone())?.batch(10)), Train::new())?;
    make(&twice)?.train(|| Ok(points(x.rows(0..20)?)?.batch(10)), Train::new())?;
    let model = make(&twice)?;
    model.train(|| Ok(points(x.rows(20..60)?)?.batch(10)), Train::new())?;
    assert_eq!(model.cluster_centers()?, make(&once)?.cluster_centers()?);
    Ok(())
}

#[test]
fn mistakes_are_told() -> Result<()> {
    let told = |result: Result<KMeans>| result.err().map_or(String::new(), |e| e.to_string());
    let text = told(KMeans::new(0).mini_batch_steps_per_iteration(0).relative_tolerance(-1.0).build());
    for part in ["num_clusters is 0", "mini_batch_steps_per_iteration is 0", "relative_tolerance is -1"] {
        assert!(text.contains(part), "{text}");
    }
    let text = told(KMeans::new(2).initial_clusters(Tensor::from([1.0f32])).build());
    assert!(text.contains("not f32 of two axes"), "{text}");
    let text = told(KMeans::new(2).initial_clusters(Tensor::from([[f32::NAN]])).build());
    assert!(text.contains("not all numbers"), "{text}");

    let folder = folder()?;
    let trained = |model: KMeansBuilder, x: Tensor| -> Result<String> {
        let model = quiet(model, &folder).build()?;
        let result = model.train(|| Ok(points(x.clone())?.batch(4)), Train::new());
        Ok(result.err().map_or(String::new(), |e| e.to_string()))
    };
    let text = trained(KMeans::new(9), groups()?)?;
    assert!(text.contains("the first batch has 4 examples, and there are 9 clusters"), "{text}");
    let text = trained(KMeans::new(2).initial_clusters(Tensor::from([[1.0f32], [2.0]])), groups()?)?;
    assert!(text.contains("have 1 numbers each, the examples 2"), "{text}");
    let text = trained(KMeans::new(2), Tensor::from(["a", "b", "c", "d"]))?;
    assert!(text.contains("feature `x` holds strings"), "{text}");
    Ok(())
}
