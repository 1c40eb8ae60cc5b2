//! The system packages that building, running and testing need. On Debian 12 they are installed; on any other system
//! their exact names are printed.
//!
//! Why each is there: the C++ compiler builds SQLite and ring and brings the headers bindgen reads; libclang is
//! bindgen's own parser (Tesseract, Leptonica); cmake and nasm build libjpeg-turbo 3 with SIMD (Debian 12 ships 2.1);
//! `chi_sim` and `eng` are Tesseract's data; the Noto fonts set the contract; clang 19 with its linker and
//! archiver builds SQLite for the advisor's app in the browser.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// What the packages are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and serving.
    Run,
    /// Besides that, the app of its own: the system's web view and the cryptography of its database.
    Mobile,
    /// Besides that, the tests: a browser, curl, and the outside tools that judge our contracts and our API.
    Test,
}

/// Makes sure that everything `purpose` needs is installed.
///
/// # Errors
/// With the exact command to type, where this program cannot or should not install by itself.
pub(crate) fn ensure(purpose: Purpose) -> Result<()> {
    let system = System::of_this_machine()?;
    let missing: Vec<&str> =
        system.packages(purpose).into_iter().filter(|package| !system.has(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if system != System::Debian12 {
        bail!(
            "these packages are missing: {}\n\nInstall them, then run the command again:\n\n    {}\n",
            missing.join(" "),
            system.install_line(&missing)
        );
    }
    install_on_debian(&missing)
}

/// A system whose package names we know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum System {
    Debian12,
    OtherDebian,
    Ubuntu,
    Fedora,
    Arch,
    Mac,
}

impl System {
    fn of_this_machine() -> Result<Self> {
        if cfg!(target_os = "macos") {
            return Ok(Self::Mac);
        }
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::from_os_release(&release).with_context(|| {
            format!(
                "we do not know this system's package names. It needs what these Debian packages hold: {}",
                Self::Debian12.packages(Purpose::Test).join(" ")
            )
        })
    }

    /// Reads the format of `os-release(5)`.
    fn from_os_release(release: &str) -> Option<Self> {
        let value = |key: &str| {
            release.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                (name == key).then(|| value.trim_matches('"').to_owned())
            })
        };
        let id = value("ID").unwrap_or_default();
        if id == "debian" && value("VERSION_ID").as_deref() == Some("12") {
            return Some(Self::Debian12);
        }
        let like = value("ID_LIKE").unwrap_or_default();
        std::iter::once(id.as_str()).chain(like.split(' ')).find_map(|name| match name {
            "debian" => Some(Self::OtherDebian),
            "ubuntu" => Some(Self::Ubuntu),
            "fedora" | "rhel" => Some(Self::Fedora),
            "arch" => Some(Self::Arch),
            _ => None,
        })
    }

    fn packages(self, purpose: Purpose) -> Vec<&'static str> {
        let (run, mobile, test): (&[&str], &[&str], &[&str]) = match self {
            Self::Debian12 | Self::OtherDebian => (&DEBIAN_RUN, &DEBIAN_MOBILE, &DEBIAN_TEST),
            Self::Ubuntu => (&DEBIAN_RUN, &DEBIAN_MOBILE, &UBUNTU_TEST),
            Self::Fedora => (&FEDORA_RUN, &["webkit2gtk4.1-devel", "openssl-devel"], &FEDORA_TEST),
            Self::Arch => (&ARCH_RUN, &["webkit2gtk-4.1"], &ARCH_TEST),
            Self::Mac => (&MAC_RUN, &[], &["chromium", "poppler", "openssl@3", "python", "curl"]),
        };
        match purpose {
            Purpose::Run => run.to_vec(),
            Purpose::Mobile => [run, mobile].concat(),
            Purpose::Test => [run, mobile, test].concat(),
        }
    }

    fn has(self, package: &str) -> bool {
        let (program, arguments): (&str, &[&str]) = match self {
            Self::Debian12 | Self::OtherDebian | Self::Ubuntu => {
                ("dpkg-query", &["-W", "-f=${db:Status-Status}"])
            }
            Self::Fedora => ("rpm", &["-q", "--whatprovides"]),
            Self::Arch => ("pacman", &["-Q"]),
            Self::Mac => ("brew", &["list", "--versions"]),
        };
        let answer = Command::new(program).args(arguments).arg(package).stderr(Stdio::null()).output();
        answer.is_ok_and(|answer| {
            let debian = program == "dpkg-query";
            answer.status.success() && (!debian || answer.stdout == b"installed")
        })
    }

    fn install_line(self, packages: &[&str]) -> String {
        let command = match self {
            Self::Debian12 | Self::OtherDebian | Self::Ubuntu => {
                "sudo apt-get install --no-install-recommends"
            }
            Self::Fedora => "sudo dnf install",
            Self::Arch => "sudo pacman -S --needed",
            Self::Mac => "brew install",
        };
        format!("{command} {}", packages.join(" "))
    }
}

const DEBIAN_RUN: [&str; 13] = [
    "build-essential",
    "pkg-config",
    "cmake",
    "nasm",
    "libclang-dev",
    "libtesseract-dev",
    "libleptonica-dev",
    "tesseract-ocr-eng",
    "tesseract-ocr-chi-sim",
    "fonts-noto-cjk",
    "clang-19",
    "lld-19",
    "llvm-19",
];

/// The system's web view, and the cryptography of an encrypted SQLite.
const DEBIAN_MOBILE: [&str; 2] = ["libwebkit2gtk-4.1-dev", "libssl-dev"];

/// Debian's own Rust with the source of its standard library.
pub(crate) const DEBIAN_RUST: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// Are these Debian packages installed?
pub(crate) fn are_there(packages: &[&str]) -> bool {
    packages.iter().all(|package| System::Debian12.has(package))
}

/// Installs [`DEBIAN_RUST`].
///
/// # Errors
/// When this is no Debian 12, or the packages cannot be installed.
pub(crate) fn install_debian_rust() -> Result<()> {
    match System::of_this_machine()? {
        System::Debian12 => install_on_debian(&DEBIAN_RUST),
        _ => bail!("only Debian 12 has them"),
    }
}

/// The browser, tools that judge our contracts, what the tour of the API is typed with, and the typefaces in which test cards are drawn.
/// Then a screen, a keystore and a driver for the window of the app of its own.
const DEBIAN_TEST: [&str; 16] = [
    "chromium",
    "poppler-utils",
    "openssl",
    "strace",
    "python3-venv",
    "curl",
    "fonts-noto-cjk-extra",
    "fonts-wqy-zenhei",
    "fonts-wqy-microhei",
    "fonts-arphic-uming",
    "fonts-arphic-ukai",
    "fonts-dejavu-core",
    "webkit2gtk-driver",
    "xvfb",
    "dbus",
    "gnome-keyring",
];

/// As Debian's, but for the browser's name.
const UBUNTU_TEST: [&str; 16] = {
    let mut packages = DEBIAN_TEST;
    packages[0] = "chromium-browser";
    packages
};

const FEDORA_TEST: [&str; 9] = [
    "chromium",
    "poppler-utils",
    "openssl",
    "strace",
    "python3",
    "curl",
    "xorg-x11-server-Xvfb",
    "dbus-daemon",
    "gnome-keyring",
];

const ARCH_TEST: [&str; 9] = [
    "chromium",
    "poppler",
    "openssl",
    "strace",
    "python",
    "curl",
    "xorg-server-xvfb",
    "dbus",
    "gnome-keyring",
];

const FEDORA_RUN: [&str; 14] = [
    "gcc-c++",
    "make",
    "pkgconf-pkg-config",
    "cmake",
    "nasm",
    "clang-devel",
    "tesseract-devel",
    "leptonica-devel",
    "tesseract-langpack-eng",
    "tesseract-langpack-chi_sim",
    "google-noto-sans-cjk-fonts",
    "clang",
    "lld",
    "llvm",
];

const ARCH_RUN: [&str; 11] = [
    "base-devel",
    "cmake",
    "nasm",
    "clang",
    "tesseract",
    "leptonica",
    "tesseract-data-eng",
    "tesseract-data-chi_sim",
    "noto-fonts-cjk",
    "lld",
    "llvm",
];

const MAC_RUN: [&str; 8] =
    ["pkgconf", "cmake", "nasm", "llvm", "tesseract", "tesseract-lang", "leptonica", "font-noto-sans-cjk-sc"];

/// Installs with apt: as root directly, otherwise through sudo.
fn install_on_debian(missing: &[&str]) -> Result<()> {
    println!("installing {} system packages: {}", missing.len(), missing.join(" "));
    let by_hand = System::Debian12.install_line(missing);
    apt(&["update"]).with_context(|| format!("apt-get update failed. By hand:\n\n    {by_hand}\n"))?;
    let install = [&["install", "-y", "--no-install-recommends"][..], missing].concat();
    apt(&install).with_context(|| format!("the packages could not be installed. By hand:\n\n    {by_hand}\n"))
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        // Without a terminal nobody can type a password: fail with a sentence instead of hanging.
        if std::env::var_os("CI").is_some() {
            sudo.arg("-n");
        }
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    };
    let status = command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .arg("-q")
        .args(arguments)
        .status()
        .context("neither root nor sudo: this user cannot install packages")?;
    if !status.success() {
        bail!("apt-get ended with {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_systems_by_their_os_release() {
        let known = [
            ("ID=debian\nVERSION_ID=\"12\"\n", Some(System::Debian12)),
            ("ID=debian\nVERSION_ID=\"13\"\n", Some(System::OtherDebian)),
            ("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"", Some(System::Ubuntu)),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Some(System::Ubuntu)),
            ("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n", Some(System::Fedora)),
            ("ID=manjaro\nID_LIKE=arch\n", Some(System::Arch)),
            ("ID=nixos\n", None),
            ("", None),
        ];
        for (release, system) in known {
            assert_eq!(System::from_os_release(release), system, "{release}");
        }
    }

    #[test]
    fn tests_need_a_browser_everywhere_and_running_needs_none() {
        use System::{Arch, Debian12, Fedora, Mac, OtherDebian, Ubuntu};
        for system in [Debian12, OtherDebian, Ubuntu, Fedora, Arch, Mac] {
            let browser =
                |purpose| system.packages(purpose).iter().any(|package| package.contains("chromium"));
            assert!(browser(Purpose::Test) && !browser(Purpose::Run), "{system:?}");
            assert!(system.install_line(&["a", "b"]).ends_with(" a b"));
        }
    }
}
