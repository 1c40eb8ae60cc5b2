//! What runs in the browser: the advisor's app (two wasm programs, screens and engine) and the flow designer, each with its
//! glue and everything beside it, ready to be served, in `app/` and `designer/` beside the server's binary.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{compile, packages};

/// The app's programs: cargo's name of the wasm file, and what it is called where it is served.
const PROGRAMS: [(&str, &str); 2] = [("engine", "core"), ("advisor", "advisor")];
/// The designer's one program, which is called the same where it is served.
const DESIGNER: &str = "designer";
/// Files of the app that are served as they are.
const FOLDER: &str = "assets/advisor";
/// Those of the designer.
const DESIGNER_FOLDER: &str = "assets/designer";
/// What else the app needs, below `assets/`; the server has it.
const BESIDES: [&str; 3] = ["styles/miaopi.css", "styles/advisor.css", "icons/miaopi.svg"];
/// What of SQLite, and of its encryption layer, a phone need not carry: the app uses none of it.
const SQLITE_FLAGS: [&str; 26] = [
    "-USQLITE_ENABLE_FTS5",
    "-USQLITE_ENABLE_RTREE",
    "-USQLITE_ENABLE_SESSION",
    "-USQLITE_ENABLE_PREUPDATE_HOOK",
    "-USQLITE_ENABLE_BYTECODE_VTAB",
    "-USQLITE_ENABLE_DBPAGE_VTAB",
    "-USQLITE_ENABLE_DBSTAT_VTAB",
    "-USQLITE_ENABLE_STMTVTAB",
    "-USQLITE_ENABLE_MATH_FUNCTIONS",
    "-USQLITE_ENABLE_OFFSET_SQL_FUNC",
    "-USQLITE_ENABLE_UNKNOWN_SQL_FUNCTION",
    "-USQLITE_ENABLE_API_ARMOR",
    "-DSQLITE_OMIT_JSON",
    "-DSQLITE_OMIT_TRACE",
    "-DSQLITE_OMIT_COMPLETE",
    "-DSQLITE_OMIT_GET_TABLE",
    "-DSQLITE_OMIT_PROGRESS_CALLBACK",
    "-DSQLITE_OMIT_AUTHORIZATION",
    "-DSQLITE_UNTESTABLE",
    "-DHAVE_CIPHER_AES_128_CBC=0",
    "-DHAVE_CIPHER_AES_256_CBC=0",
    "-DHAVE_CIPHER_SQLCIPHER=0",
    "-DHAVE_CIPHER_RC4=0",
    "-DHAVE_CIPHER_ASCON128=0",
    "-DHAVE_CIPHER_AEGIS=0",
    "-DSQLITE_OMIT_DEPRECATED",
];
const TARGET: &str = "wasm32-unknown-unknown";

/// What was built for the browser.
pub(crate) struct Built {
    /// The folder with the advisor's app.
    pub(crate) app: PathBuf,
    /// The folder with the designer.
    pub(crate) designer: PathBuf,
}

/// Builds everything for the browser into `PROFILE/app` and `PROFILE/designer` of the build folder. What did not change
/// is not built again.
///
/// # Errors
/// When a part of the tool chain is missing and cannot be fetched, or a program does not build.
pub(crate) fn build(profile: &str) -> Result<Built> {
    let beside = compile::target_dir()?.join(profile);
    compile_programs()?;
    let mut files = BTreeMap::new();
    for (program, name) in PROGRAMS {
        files.extend(bind(program, name)?);
    }
    files.extend(copied(FOLDER)?);
    let worker = service_worker(&files)?;
    files.insert("sw.js".to_owned(), worker);
    let built = Built { app: beside.join("app"), designer: beside.join("designer") };
    write(&built.app, &files)?;
    let mut files = bind(DESIGNER, DESIGNER)?;
    files.extend(copied(DESIGNER_FOLDER)?);
    write(&built.designer, &files)?;
    Ok(built)
}

/// What of the app only a browser needs: there the engine is a program beside the screens, and files have to be kept.
const BROWSER_ALONE: [&str; 6] =
    ["core.js", "core_bg.wasm", "worker.js", "vault.js", "sw.js", "manifest.webmanifest"];

/// Lays the screens out in a folder under the addresses by which they ask for each other, without what only a browser
/// needs.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn screens_alone(built: &Built, folder: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    for path in everything_in(&built.app)? {
        let name = name_in(&built.app, &path);
        if !name.ends_with(".br") && !BROWSER_ALONE.contains(&name.as_str()) {
            files.insert(format!("advisor/{name}"), std::fs::read(&path)?);
        }
    }
    for name in BESIDES {
        let bytes = std::fs::read(compile::root().join("assets").join(name)).context(name)?;
        files.insert(format!("assets/{name}"), bytes);
    }
    // For every address within the app.
    let first = files.get("advisor/index.html").context("no index.html")?.clone();
    files.insert("index.html".to_owned(), first);
    for (name, bytes) in &files {
        let path = folder.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue; // written anew, the program would be built anew
        }
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(&path, bytes)?;
    }
    for path in everything_in(folder)? {
        if !files.contains_key(&name_in(folder, &path)) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Says how large each is on its way.
pub(crate) fn weigh(built: &Built) -> Result<()> {
    println!("the advisor's app");
    weigh_folder(&built.app)?;
    println!("the designer");
    weigh_folder(&built.designer)
}

fn weigh_folder(folder: &Path) -> Result<()> {
    let mut total = 0;
    for path in everything_in(folder)? {
        let name = name_in(folder, &path);
        if let Some(plain) = name.strip_suffix(".br") {
            let (travels, whole) = (path.metadata()?.len(), folder.join(plain).metadata()?.len());
            total += travels;
            println!("  {plain:<24} {:>7.1} KB ({:>7.1} KB unpacked)", kb(travels), kb(whole));
        }
    }
    println!("  {:<24} {:>7.1} KB compressed", "in all", kb(total));
    Ok(())
}

fn kb(bytes: u64) -> f64 {
    bytes as f64 / 1000.0
}

fn compile_programs() -> Result<()> {
    let built =
        for_browser("build", &["--profile", "app"])?.status().context("cargo could not be started")?;
    if !built.success() {
        bail!("what runs in the browser did not build: cargo's message above says why");
    }
    Ok(())
}

/// Cargo's command for all programs of the browser with everything that the browser's target needs.
///
/// # Errors
/// When a part of the tool chain is missing and cannot be fetched.
pub(crate) fn for_browser(command: &str, arguments: &[&str]) -> Result<Command> {
    let rust = Rust::for_browser()?;
    let mut cargo = match rust {
        Rust::Rustup => compile::cargo()?,
        Rust::Debian => {
            let mut cargo = compile::cargo_at(Path::new("/usr/bin/cargo"))?;
            cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
            cargo
        }
    };
    cargo.args([command, "--locked", "--target", TARGET]).args(arguments);
    cargo.args([
        "-p",
        "engine",
        "-p",
        "ui",
        "--lib",
        "--bin",
        "advisor",
        "--bin",
        DESIGNER,
        "--features",
        "ui/web",
    ]);
    if rust == Rust::Debian {
        cargo.args(["-Z", "build-std=std,panic_abort"]);
    }
    // SQLite is C: it needs a compiler that knows wasm.
    let (clang, archiver) = c_compiler()?;
    cargo.env("CC_wasm32_unknown_unknown", clang).env("AR_wasm32_unknown_unknown", archiver);
    cargo.env("SQLITE_WASM_RS_FLAGS", SQLITE_FLAGS.join(" "));
    Ok(cargo)
}

/// Debian 12's own clang is too old for the wasm of today; `clang-19` is in its archive.
fn c_compiler() -> Result<(&'static str, &'static str)> {
    for (clang, archiver) in [("clang-19", "llvm-ar-19"), ("clang", "llvm-ar")] {
        let knows = Command::new(clang).arg("--print-targets").output();
        let knows = knows.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("wasm32"));
        if knows && Command::new(archiver).arg("--version").output().is_ok() {
            return Ok((clang, archiver));
        }
    }
    bail!("no clang that knows wasm: install clang-19, lld-19 and llvm-19")
}

/// Which Rust builds for the browser.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rust {
    /// rustup's, with its standard library for wasm.
    Rustup,
    /// Debian's, which builds that library from source: where rustup's server is out of reach.
    Debian,
}

impl Rust {
    /// The one that can, after fetching what is missing.
    ///
    /// # Errors
    /// When neither can.
    pub(crate) fn for_browser() -> Result<Rust> {
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().context("no rustc")?;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
        let there = || sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir();
        if there() {
            return Ok(Rust::Rustup);
        }
        if !packages::are_there(&packages::DEBIAN_RUST) {
            println!("the standard library for wasm is missing: asking rustup for it");
            compile::fetch_standard_library(TARGET);
            if there() {
                return Ok(Rust::Rustup);
            }
            println!("rustup could not fetch it: taking Debian's own Rust, which builds it from source");
            packages::install_debian_rust().with_context(|| {
                format!("nor could Debian's. By hand, where there is a network: `rustup target add {TARGET}`")
            })?;
        }
        Ok(Rust::Debian)
    }
}

/// The glue between a program and the browser.
fn bind(program: &str, name: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let programs = compile::target_dir()?.join(TARGET).join("app");
    let (wasm, folder) = (programs.join(format!("{program}.wasm")), programs.join("bound").join(name));
    // What an earlier version of the app needed is not served any more.
    let _ = std::fs::remove_dir_all(&folder);
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(&wasm)
        .out_name(name)
        .typescript(false)
        .web(true)?
        .omit_default_module_path(false)
        .remove_producers_section(true)
        .remove_name_section(true);
    bindgen.generate(&folder).with_context(|| format!("{} could not be bound", wasm.display()))?;
    let mut files = BTreeMap::new();
    for path in everything_in(&folder)? {
        files.insert(name_in(&folder, &path), std::fs::read(&path)?);
    }
    Ok(files)
}

fn copied(from: &'static str) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let folder = compile::root().join(from);
    for path in everything_in(&folder).context(from)? {
        files.insert(name_in(&folder, &path), std::fs::read(&path)?);
    }
    Ok(files)
}

fn everything_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(everything_in(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// What a file is called where it is served, e.g. `icons/192.png`.
fn name_in(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

/// The service worker with the list of what it keeps.
fn service_worker(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.as_str() != "sw.js") {
        let address = if name == "index.html" { "/advisor/".to_owned() } else { format!("/advisor/{name}") };
        kept.push((address, digest(bytes)));
    }
    for name in BESIDES {
        let bytes = std::fs::read(compile::root().join("assets").join(name)).context(name)?;
        kept.push((format!("/assets/{name}"), digest(&bytes)));
    }
    let list = serde_json::to_string(&kept)?;
    let script = files.get("sw.js").context("no sw.js")?;
    let script = std::str::from_utf8(script)?;
    let version = digest([list.as_bytes(), script.as_bytes()].concat().as_slice());
    let written = script.replacen("const FILES = [];", &format!("const FILES = {list};"), 1).replacen(
        "const VERSION = 'none';",
        &format!("const VERSION = '{version}';"),
        1,
    );
    if !written.contains(&version) || written.contains("const FILES = [];") {
        bail!("sw.js has no place for its list of files");
    }
    Ok(written.into_bytes())
}

/// Half of a SHA-256's half: enough to tell versions of a file apart.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes what is new, with a compressed copy beside what compresses; takes away what is not served any more.
fn write(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut wanted = std::collections::BTreeSet::new();
    for (name, bytes) in files {
        let (path, packed) = (folder.join(name), folder.join(format!("{name}.br")));
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        wanted.insert(path.clone());
        let packs = !name.ends_with(".png");
        if packs {
            wanted.insert(packed.clone());
        }
        let same = std::fs::read(&path).is_ok_and(|there| there == *bytes);
        if same && (!packs || packed.exists()) {
            continue;
        }
        if packs {
            let mut into = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
            into.write_all(bytes)?;
            std::fs::write(&packed, into.into_inner())?;
        }
        std::fs::write(&path, bytes)?;
    }
    for path in everything_in(folder)? {
        if !wanted.contains(&path) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}
