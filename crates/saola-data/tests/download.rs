//! Files from a server on this machine.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use saola_data::datasets::{Cache, GetFile, imdb, mnist};
use saola_tensor::{ErrorKind, Result};
use saola_testkit::Golden;

/// A server of a few files, which counts what it is asked for. It goes on until the test's process ends.
struct Server {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(files: BTreeMap<String, Vec<u8>>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
                let mut request = String::new();
                reader.read_line(&mut request).expect("a request");
                let mut line = String::new();
                while reader.read_line(&mut line).expect("a header") > 2 {
                    line.clear();
                }
                count.fetch_add(1, Ordering::SeqCst);
                let path = request.split([' ', '?']).nth(1).expect("a path");
                let name = path.trim_start_matches('/');
                // A name that ends with `.cut` gets half of what is announced.
                let answer = match files.get(name.trim_end_matches(".cut")) {
                    Some(content) => {
                        let sent = if name.ends_with(".cut") { content.len() / 2 } else { content.len() };
                        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", content.len());
                        [head.as_bytes(), b"Connection: close\r\n\r\n", &content[..sent]].concat()
                    }
                    None => {
                        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
                    }
                };
                // A client that goes away early is none of the server's business.
                let _ = stream.write_all(&answer);
            }
        });
        Server { address, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// What `printf 'one,two\n'` gives to `sha256sum` and `md5sum`.
const TABLE: &[u8] = b"one,two\n";
const SHA256: &str = "522d45a4d29c8cc69b7525211ceccfaa45bd7c06385ac7c71e1231b5fe0d111f";
const MD5: &str = "556c8ffa1e9d3ac78d24b29fc83ca9eb";

fn server() -> Server {
    let big = vec![7; 3 << 20];
    Server::start(BTreeMap::from([("table.csv".into(), TABLE.to_vec()), ("big.bin".into(), big)]))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_file_is_fetched_once_and_checked() -> Result<()> {
    let (server, folder) = (server(), tempfile::tempdir().expect("a folder"));
    let file =
        || GetFile::new(format!("{}table.csv?from=here", server.address)).cache_dir(folder.path()).silent();
    for hash in [SHA256, MD5] {
        let path = file().file_hash(hash).get()?;
        assert_eq!(path, folder.path().join("datasets/table.csv"));
        assert_eq!(std::fs::read(&path).expect("there"), TABLE);
    }
    assert_eq!(server.asked(), 1);
    file().force_download().get()?;
    assert_eq!(server.asked(), 2);
    // A file that is there, but another one, is fetched anew where a checksum is known.
    let path = folder.path().join("datasets/table.csv");
    std::fs::write(&path, "other").expect("written");
    assert_eq!(std::fs::read(file().get()?).expect("there"), b"other");
    file().file_hash(SHA256).get()?;
    assert_eq!(std::fs::read(&path).expect("there"), TABLE);
    assert_eq!(server.asked(), 3);
    Ok(())
}

#[test]
fn what_is_not_as_it_should_be_is_not_kept() {
    let (server, folder) = (server(), tempfile::tempdir().expect("a folder"));
    let datasets = folder.path().join("datasets");
    let file =
        |name: &str| GetFile::new(format!("{}{name}", server.address)).cache_dir(folder.path()).silent();
    let other = SHA256.replace('1', "2");
    let error = file("table.csv").file_hash(other).get().expect_err("another checksum");
    assert!(error.kind() == ErrorKind::Format && error.to_string().contains(SHA256), "{error}");
    let error = file("table.csv.cut").get().expect_err("half of a file");
    assert!(error.to_string().contains("4 bytes"), "{error}");
    let error = file("none.csv").get().expect_err("no file");
    assert!(error.kind() == ErrorKind::Io && error.to_string().contains("404"), "{error}");
    assert_eq!(names(&datasets), [""; 0]);
    // Nobody listens there any more.
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let error =
        GetFile::new(format!("http://{free}/x")).cache_dir(folder.path()).get().expect_err("no server");
    assert!(error.kind() == ErrorKind::Io && error.to_string().contains("cannot be reached"), "{error}");
    for (origin, hash) in [("http://host/", SHA256), ("http://host/a", "12"), ("http://host/..", MD5)] {
        let error =
            GetFile::new(origin).cache_dir(folder.path()).file_hash(hash).get().expect_err("no name or hash");
        assert_eq!(error.kind(), ErrorKind::Value, "{error}");
    }
    let error = file("table.csv").fname("../x").get().expect_err("a name with a folder");
    assert_eq!(error.kind(), ErrorKind::Value);
}

#[test]
fn progress_is_told() -> Result<()> {
    let (server, folder) = (server(), tempfile::tempdir().expect("a folder"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let path = GetFile::new(format!("{}big.bin", server.address))
        .path(folder.path().join("a/b.bin"))
        .progress(move |received, total| told.lock().expect("not poisoned").push((received, total)))
        .get()?;
    assert_eq!(std::fs::metadata(path).expect("there").len(), 3 << 20);
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(seen.last(), Some(&(3 << 20, Some(3 << 20))));
    assert!(seen.is_sorted());
    Ok(())
}

#[test]
fn data_sets_are_fetched_from_a_mirror_and_checked() -> Result<()> {
    let real = Golden::path("keras_home")?.join("datasets");
    let read = |name: &str| std::fs::read(real.join(name)).expect("there");
    let server = Server::start(BTreeMap::from([("mnist.npz".into(), read("mnist.npz"))]));
    let folder = tempfile::tempdir().expect("a folder");
    let cache = || Cache::at(folder.path()).mirror(&server.address).silent();
    // The small file is not Keras's: it came, and was refused.
    let error = mnist::load_from(cache()).expect_err("another checksum").to_string();
    assert!(error.contains("731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"), "{error}");
    assert!(error.contains("mnist.npz") && error.contains("another checksum"), "{error}");
    assert_eq!((names(&folder.path().join("datasets")), server.asked()), (vec![], 1));
    let error = imdb::word_numbers(cache()).expect_err("not on the server").to_string();
    assert!(error.contains("404") && error.contains("in another way"), "{error}");
    assert!(mnist::load_from(cache().offline()).expect_err("offline").to_string().contains("there is no"));
    assert_eq!(server.asked(), 2);
    Ok(())
}
