//! `cargo xtask test`: every test, in parts, with their times and one line that sums them up.

use anyhow::{Result, bail};

use crate::binaries::{self, Built, Driven, Profile, Tally, TestBinary};
use crate::packages::{self, Purpose};
use crate::{app, compile, fuzz, long, mobile, outside, parts};

/// Runs unit tests, journeys, browser tests and the fuzz targets for a moment; with `--long` the long tests as well.
///
/// # Errors
/// When something is missing, does not build, or a test fails.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    let wish = Wish::parse(arguments)?;
    packages::ensure(Purpose::Test)?;
    let pythons = outside::pythons()?;
    let mut tally = Tally::default();
    let mut done = Vec::new();
    let mut built = None;
    done.push(parts::run("build", || {
        built = Some(binaries::build(&pythons, Profile::Development)?);
        Ok(())
    }));
    let mut screens = None;
    done.push(parts::run("app for the browser", || {
        let built = app::build("debug")?;
        app::weigh(&built)?;
        screens = Some(built);
        Ok(())
    }));
    if let (Some(built), Some(screens)) = (&mut built, &screens) {
        done.push(parts::run("app of its own", || {
            let mobile = mobile::build(screens, Profile::Development)?;
            built.tools.mobile = Some(Driven { program: mobile.program, driver: mobile::driver()? });
            built.tests.extend(mobile.tests);
            Ok(())
        }));
    }
    if let Some(built) = &built {
        for group in Group::ALL {
            done.push(parts::run(group.name(), || run_group(group, built, &wish, &mut tally)));
        }
        if wish.filter.is_none() {
            done.push(parts::run("examples in the docs", || run_doc_examples(&mut tally)));
            done.push(parts::run("fuzzing", fuzz::briefly));
        }
        if wish.long {
            done.push(parts::run("long", || {
                let shipped = binaries::build(&pythons, Profile::Release)?;
                app::build("release")?;
                long::run(&shipped, wish.filter.as_deref(), &mut tally)
            }));
        }
    }
    let all_passed = parts::summary(&done);
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if !all_passed || tally.failed > 0 {
        bail!("not everything passed");
    }
    if tally.passed == 0 {
        bail!("no test ran: nothing is called like the filter");
    }
    Ok(())
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    long: bool,
    filter: Option<String>,
}

impl Wish {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wish = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--long" => wish.long = true,
                flag if flag.starts_with('-') => bail!("`test` does not know `{flag}`: see cargo xtask help"),
                filter if wish.filter.is_none() => wish.filter = Some(filter.to_owned()),
                second => bail!("`test` takes one filter; `{second}` is a second one"),
            }
        }
        Ok(wish)
    }
}

/// The kinds of tests, quickest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Group {
    Unit,
    Journeys,
    Browser,
    Mobile,
}

impl Group {
    const ALL: [Self; 4] = [Self::Unit, Self::Journeys, Self::Browser, Self::Mobile];

    fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit tests",
            Self::Journeys => "journeys",
            Self::Browser => "browser tests",
            Self::Mobile => "tests of the app of its own",
        }
    }

    /// Integration tests of the `tests` package are journeys; those whose file begins with `browser` need Chromium, those
    /// with `mobile` the app of its own.
    fn of(test: &TestBinary) -> Self {
        match test.target.split('_').next() {
            _ if !test.integration || test.package != "tests" => Self::Unit,
            Some("browser") => Self::Browser,
            Some("mobile") => Self::Mobile,
            _ => Self::Journeys,
        }
    }
}

fn run_group(group: Group, built: &Built, wish: &Wish, tally: &mut Tally) -> Result<()> {
    let mut failed = Vec::new();
    for test in built.tests.iter().filter(|test| Group::of(test) == group) {
        println!("\n{}", test.name());
        let arguments: Vec<&str> = wish.filter.as_deref().into_iter().collect();
        let came_to = test.run(&built.tools, &arguments)?;
        if came_to.failed > 0 {
            failed.push(test.name());
        }
        tally.add(came_to);
    }
    if failed.is_empty() { Ok(()) } else { bail!("failures in {}", failed.join(", ")) }
}

/// rustdoc builds and runs these itself, so they are the only tests that go through cargo once more.
fn run_doc_examples(tally: &mut Tally) -> Result<()> {
    let done = compile::cargo()?
        .args(["test", "--locked", "--quiet", "--doc"])
        .args(compile::ALL_BUT_MOBILE)
        .status()?;
    if !done.success() {
        tally.add(Tally { passed: 0, failed: 1 });
        bail!("an example in the documentation does not run");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(line: &str) -> Result<Wish> {
        Wish::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn takes_one_filter_and_refuses_the_rest() {
        assert_eq!(wish("--long id").unwrap(), Wish { long: true, filter: Some("id".into()) });
        assert!(wish("--fast").is_err());
        assert!(wish("one two").is_err());
    }
}
