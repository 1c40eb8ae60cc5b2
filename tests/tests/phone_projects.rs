//! What must hold of the app's projects for phones, as far as their files say it: nobody here has an Android SDK or Xcode.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

const IDENTIFIER: &str = "dev.miaopi.advisor";
/// All that the page may ask of the program around it.
const COMMANDS: [&str; 7] = ["ask", "hand_over", "links", "listen", "notify", "storage", "touched"];
/// What the Android app may do, and nothing else.
const PERMISSIONS: [&str; 3] = ["ACCESS_NETWORK_STATE", "CAMERA", "INTERNET"];
/// What the iPhone app asks a person for, and nothing else.
const PURPOSES: [&str; 1] = ["NSCameraUsageDescription"];
/// Everywhere that Android lets an app keep something.
const BACKED_UP: [&str; 9] = [
    "root",
    "file",
    "database",
    "sharedpref",
    "external",
    "device_root",
    "device_file",
    "device_database",
    "device_sharedpref",
];

const ANDROID: &str = "mobile/gen/android";
const MAIN: &str = "mobile/gen/android/app/src/main";
const APPLE: &str = "mobile/gen/apple";

#[test]
fn the_android_app_asks_for_exactly_what_it_uses() {
    let manifest = elements(&manifest());
    let asked: Vec<&str> = manifest
        .iter()
        .filter(|element| element.name.starts_with("uses-permission"))
        .map(|element| element.attribute("android:name"))
        .collect();
    let allowed = PERMISSIONS.map(|name| format!("android.permission.{name}"));
    assert_eq!(sorted(&asked), sorted(&allowed));
    // A permission brings a feature with it that stores demand of a device, unless it is said otherwise.
    let features: Vec<&Element> = manifest.iter().filter(|element| element.name == "uses-feature").collect();
    assert!(
        features.iter().any(|feature| feature.attribute("android:name") == "android.hardware.camera"),
        "a tablet without a camera could not install it"
    );
    for feature in features {
        assert_eq!(feature.attribute("android:required"), "false", "{feature:?}");
    }
}

#[test]
fn nothing_leaves_an_android_phone_by_itself() {
    let manifest = elements(&manifest());
    let application = only(&manifest, "application");
    assert_eq!(application.attribute("android:allowBackup"), "false");
    assert_eq!(application.attribute("android:usesCleartextTraffic"), "false");
    for (attribute, sections) in [
        ("android:dataExtractionRules", &["cloud-backup", "device-transfer"][..]),
        ("android:fullBackupContent", &["full-backup-content"]),
    ] {
        let file = application.attribute(attribute).strip_prefix("@xml/").unwrap();
        let rules = without_comments(&text(&format!("{MAIN}/res/xml/{file}.xml")));
        assert!(!rules.contains("<include"), "{file}.xml lets something out");
        for section in sections {
            let inside = between(&rules, &format!("<{section}>"), &format!("</{section}>"));
            let excluded: Vec<String> = elements(inside)
                .iter()
                .filter(|element| element.name == "exclude" && element.attribute("path") == ".")
                .map(|element| element.attribute("domain").to_owned())
                .collect();
            assert_eq!(sorted(&excluded), sorted(BACKED_UP), "{section} in {file}.xml");
        }
    }
    let activity = code(&format!("{MAIN}/java/dev/miaopi/advisor/MainActivity.kt"));
    let secured = activity.find("FLAG_SECURE").expect("screenshots could be taken");
    let drawn = activity.find("super.onCreate").unwrap();
    assert!(secured < drawn, "the first picture could be taken before the flag is set");
    let lent = elements(&text(&format!("{MAIN}/res/xml/file_paths.xml")));
    let lent: Vec<(&str, &str)> = lent
        .iter()
        .filter(|element| element.name.ends_with("-path"))
        .map(|element| (element.name.as_str(), element.attribute("path")))
        .collect();
    assert_eq!(lent, [("external-files-path", "Pictures/"), ("cache-path", "handed/")], "more is lent");
    assert!(code("mobile/src/device/share.rs").contains("const FOLDER: &str = \"handed\""));
    for emptied in ["Environment.DIRECTORY_PICTURES", "File(cacheDir, \"handed\")"] {
        assert!(activity.contains(emptied), "what lies in {emptied} stays there");
    }
}

#[test]
fn on_android_other_programs_reach_nothing_but_the_ways_in_for_the_launcher_and_for_links() {
    let manifest = manifest();
    let kinds = ["activity", "activity-alias", "service", "receiver", "provider"];
    let components: Vec<Element> =
        elements(&manifest).into_iter().filter(|element| kinds.contains(&element.name.as_str())).collect();
    let mut open = Vec::new();
    for component in &components {
        if component.attributes.get("tools:node").map(String::as_str) == Some("remove") {
            continue;
        }
        match component.attribute("android:exported") {
            "true" => open.push(component.attribute("android:name")),
            closed => assert_eq!(closed, "false", "{component:?}"),
        }
    }
    assert_eq!(open, [".MainActivity"]);
    let library = "androidx.profileinstaller.ProfileInstallReceiver";
    assert!(
        components.iter().any(|component| {
            component.attribute("android:name") == library
                && component.attributes.get("tools:node").map(String::as_str) == Some("remove")
        }),
        "a library brings {library}, which is open"
    );
    let ways: Vec<Vec<String>> = manifest
        .split("<intent-filter>")
        .skip(1)
        .map(|rest| {
            let inside = elements(rest.split_once("</intent-filter>").unwrap().0);
            inside.iter().flat_map(|element| element.attributes.values().cloned()).collect()
        })
        .collect();
    let launcher = ["android.intent.action.MAIN", "android.intent.category.LAUNCHER"];
    let link = [
        "android.intent.action.VIEW",
        "android.intent.category.DEFAULT",
        "android.intent.category.BROWSABLE",
        "case",
        "miaopi",
    ];
    assert_eq!(ways, [&launcher[..], &link[..]], "there is another way in");
}

#[test]
fn both_phones_open_the_links_that_the_program_reads() {
    let begins = code("mobile/src/device/links.rs");
    assert_eq!(between(&begins, "const BEGINS: &str = \"", "\""), "miaopi://case/");
    let data = elements(&manifest());
    let data = only(&data, "data");
    assert_eq!((data.attribute("android:scheme"), data.attribute("android:host")), ("miaopi", "case"));
    let info = without_comments(&text("mobile/Info.ios.plist"));
    let schemes = between(&info, "<key>CFBundleURLSchemes</key>", "</array>");
    assert_eq!(schemes.matches("<string>").count(), 1, "{schemes}");
    assert!(schemes.contains("<string>miaopi</string>"), "{schemes}");
}

#[test]
fn every_permission_says_what_it_is_for_in_both_languages() {
    let (english, chinese) = (strings("values"), strings("values-zh-rCN"));
    assert_eq!(sorted(english.keys()), sorted(chinese.keys()), "Android's languages differ");
    for permission in PERMISSIONS {
        let key = format!("permission_{}", permission.to_lowercase());
        assert!(english.contains_key(&key), "{key} is missing");
    }
    let said = english.keys().filter(|key| key.starts_with("permission_")).count();
    assert_eq!(said, PERMISSIONS.len(), "a permission is explained that nobody asks for");

    let (apple_english, apple_chinese) = (purposes("en"), purposes("zh-Hans"));
    assert_eq!(sorted(apple_english.keys()), sorted(apple_chinese.keys()), "iOS's languages differ");
    let info = without_comments(&text("mobile/Info.ios.plist"));
    assert_eq!(sorted(usage_keys(&info)), sorted(PURPOSES));
    for key in PURPOSES {
        assert!(apple_english.contains_key(key), "{key} has no text");
        assert_eq!(plist(&info, key), apple_chinese.get(key).cloned(), "{key}: not the Chinese text");
    }
    for text in english.values().chain(apple_english.values()) {
        assert!(!text.is_empty() && !text.chars().any(is_chinese), "{text:?} is not English");
    }
    for text in chinese.values().chain(apple_chinese.values()) {
        assert!(text.chars().any(is_chinese), "{text:?} is not Chinese");
    }
}

#[test]
fn the_iphone_app_keeps_out_of_backups_and_speaks_chinese_first() {
    let info = without_comments(&text("mobile/Info.ios.plist"));
    for key in ["NSAllowsArbitraryLoads", "UIFileSharingEnabled", "LSSupportsOpeningDocumentsInPlace"] {
        assert_eq!(plist(&info, key).as_deref(), Some("false"), "{key}");
    }
    assert!(!info.contains("<true"), "something of the system's protection is switched off");
    let start = code(&format!("{APPLE}/Sources/mobile/main.mm"));
    assert!(start.contains("NSURLIsExcludedFromBackupKey"), "the app's folder goes into backups");
    let body = start.split("int main(").nth(1).unwrap();
    let (kept, started) = (body.find("keepOutOfBackups()"), body.find("start_app()"));
    assert!(kept.unwrap() < started.unwrap(), "something could be written before the folder is marked");
    let project = text(&format!("{APPLE}/project.yml"));
    assert_eq!(yaml(&project, "developmentLanguage"), Some("zh-Hans"));
    assert_eq!(yaml(&project, "CFBundleDevelopmentRegion"), Some("zh-Hans"));
}

#[test]
fn while_it_opens_the_android_app_has_the_pages_colours_by_day_and_by_night() {
    let style = text("assets/styles/miaopi.css");
    let pages = style.split("--ground: #").skip(1).map(|rest| &rest[..6]);
    let windows = ["values", "values-night"].map(|folder| {
        let colours = text(&format!("{MAIN}/res/{folder}/colors.xml"));
        between(&colours, "<color name=\"ground\">#FF", "</color>").to_lowercase()
    });
    assert_eq!(windows.to_vec(), pages.collect::<Vec<_>>());
    let theme = text(&format!("{MAIN}/res/values/themes.xml"));
    for part in ["windowSplashScreenBackground", "windowSplashScreenAnimatedIcon"] {
        assert!(theme.contains(part), "{part} is left to the system");
    }
}

#[test]
fn every_part_knows_the_app_by_one_name_and_one_version() {
    let config = config();
    assert_eq!(config["identifier"], IDENTIFIER);
    let gradle = code(&format!("{ANDROID}/app/build.gradle.kts"));
    for line in [format!("namespace = \"{IDENTIFIER}\""), format!("applicationId = \"{IDENTIFIER}\"")] {
        assert!(gradle.contains(&line), "Gradle has no {line}");
    }
    let folder = format!("{MAIN}/java/{}", IDENTIFIER.replace('.', "/"));
    assert!(text(&format!("{folder}/MainActivity.kt")).starts_with(&format!("package {IDENTIFIER}\n")));
    let project = text(&format!("{APPLE}/project.yml"));
    assert_eq!(yaml(&project, "PRODUCT_BUNDLE_IDENTIFIER"), Some(IDENTIFIER));
    // Where the app keeps what it keeps.
    let quoted = format!("\"{IDENTIFIER}\"");
    for path in [format!("{APPLE}/Sources/mobile/main.mm"), "mobile/src/device/secure_key.rs".to_owned()] {
        assert!(code(&path).contains(&quoted), "{path} names another app");
    }

    let version = workspace_version();
    if let Some(said) = config.get("version") {
        assert_eq!(said, version.as_str(), "tauri.conf.json");
    }
    for key in ["CFBundleShortVersionString", "CFBundleVersion"] {
        assert_eq!(yaml(&project, key), Some(version.as_str()), "{key}");
    }
    let readme = text("mobile/README.md");
    assert!(readme.contains(&format!("{{\"version\":\"{version}\"}}")), "the README builds another version");
    assert!(gradle.contains("../../../Cargo.toml"), "Gradle takes the version from elsewhere");
    let lowest: u32 = between(&gradle, "minSdk = ", "\n").trim().parse().unwrap();
    assert!(lowest >= 26, "before Android 8 the web view draws the page in the process that holds the key");
}

#[test]
fn the_window_shows_only_our_own_page_and_it_may_ask_only_what_is_ours() {
    let config = config();
    let windows = config["app"]["windows"].as_array().unwrap();
    assert!(!windows.is_empty(), "no window is described");
    for window in windows {
        assert_eq!(window["useHttpsScheme"], true, "{}: no secure context on Android", window["label"]);
        let url = window["url"].as_str().unwrap();
        assert!(!url.contains(':') && !url.starts_with("//"), "{url} is not ours");
    }
    let security = &config["app"]["security"];
    let csp = security["csp"].as_object().unwrap();
    assert_eq!(csp["default-src"], "'none'");
    for (directive, sources) in csp {
        for source in sources.as_str().unwrap().split_whitespace() {
            assert!(!["'unsafe-inline'", "'unsafe-eval'", "*"].contains(&source), "{directive} has {source}");
            // Tauri's own way into the program has this name where the system knows no schemes of an app's own.
            let outside = source.contains("//") && !source.ends_with("//ipc.localhost");
            assert!(!outside, "{directive} lets the page speak with {source}");
        }
    }
    // Android and Windows: with that scheme for the page, its way into the program has it, too.
    let connect = csp["connect-src"].as_str().unwrap();
    assert!(connect.split_whitespace().any(|source| source == "https://ipc.localhost"), "{connect}");
    assert!(security.get("dangerousDisableAssetCspModification").is_none(), "the policy is not applied");
    assert!(security.get("assetProtocol").is_none(), "files of the device could be read");
    if config["app"]["withGlobalTauri"] == true {
        assert!(
            text("mobile/README.md").contains("`withGlobalTauri`"),
            "the README does not say why it is on"
        );
    }

    let commands = between(&code("mobile/build.rs"), ".commands(&[", "]").to_owned();
    let commands: Vec<&str> = commands.split(',').map(|name| name.trim().trim_matches('"')).collect();
    assert_eq!(sorted(&commands), sorted(COMMANDS), "mobile/build.rs");
    let ours = COMMANDS.map(|command| format!("allow-{}", command.replace('_', "-")));
    let capabilities = files("mobile/capabilities");
    assert!(!capabilities.is_empty(), "no capability is described");
    for path in &capabilities {
        let capability: Value = serde_json::from_str(&text(path)).unwrap();
        let granted: Vec<&str> =
            capability["permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        for permission in &granted {
            assert!(ours.iter().any(|own| own == permission), "{path} grants {permission}");
        }
        assert_eq!(sorted(&granted), sorted(&ours), "{path} does not grant what the page needs");
        assert!(capability.get("remote").is_none(), "{path} lets pages from elsewhere in");
        assert_eq!(capability["windows"], serde_json::json!(["main"]), "{path}");
    }
    let named: Vec<&str> =
        security["capabilities"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(named, ["main"], "another capability is switched on");
}

#[test]
fn the_workflow_may_read_and_names_the_versions_of_what_it_runs() {
    let workflow = text(".github/workflows/mobile.yml");
    let rights = between(&workflow, "\npermissions:\n", "\n\n");
    assert_eq!(rights.trim(), "contents: read");
    assert_eq!(workflow.matches("permissions:").count(), 1, "a job has rights of its own");
    assert!(!workflow.contains("secrets."), "nothing is signed there");
    let mut actions = 0;
    for line in workflow.lines() {
        let Some((_, action)) = line.split_once("uses: ") else { continue };
        actions += 1;
        let version = action.trim().rsplit_once("@v").map_or("", |(_, version)| version);
        assert!(!version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()), "{action}");
    }
    assert!(actions >= 6, "only {actions} actions were found: does this test still read the file?");
    let checkouts = workflow.matches("actions/checkout@").count();
    assert_eq!(workflow.matches("persist-credentials: false").count(), checkouts, "a job keeps its key");
}

#[test]
fn no_key_and_no_build_result_of_a_phone_can_be_committed() {
    let ignored = text("mobile/.gitignore");
    let ignored: BTreeSet<&str> = ignored.lines().map(|line| line.trim_end_matches('/')).collect();
    for path in [
        "/gen/android/.gradle",
        "/gen/android/build",
        "/gen/android/app/build",
        "/gen/android/local.properties",
        "/gen/android/keystore.properties",
        "/gen/android/app/src/main/jniLibs",
        "/gen/apple/build",
        "/gen/apple/Externals",
        "*.jks",
        "*.keystore",
        "*.p12",
        "*.mobileprovision",
    ] {
        assert!(ignored.contains(path), "mobile/.gitignore lets {path} in");
    }
}

#[test]
fn the_readers_of_these_files_find_what_is_there_and_no_comment() {
    let found = elements("<?xml?><a x=\"1\" y:z=\"2 3\"><!-- <b/> --><c\n  d=\"4\" />text</a>");
    assert_eq!(found.iter().map(|element| element.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!((found[0].attribute("x"), found[0].attribute("y:z")), ("1", "2 3"));
    assert_eq!((found[1].attribute("d"), found[1].attribute("e")), ("4", ""));
    let list = "<key>A</key>\n<string>好</string><key>B</key><false/><key>C</key><dict/>";
    assert_eq!(plist(list, "A").as_deref(), Some("好"));
    assert_eq!(plist(list, "B").as_deref(), Some("false"));
    assert_eq!(plist(list, "D"), None);
    assert_eq!(yaml("a:\n  b: \"1\" # why\n  bc: 2\n", "b"), Some("1"));
    assert_eq!(yaml("a:\n  b: 1\n", "c"), None);
    assert_eq!(sorted(["b", "a", "b"]), ["a", "b", "b"], "what is there twice stays there twice");
}

/// An XML element's name and attributes.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Element {
    /// Its value; empty where it has none.
    fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// The elements of an XML file of ours in their order. No value in them holds `<` or `>`.
fn elements(xml: &str) -> Vec<Element> {
    without_comments(xml)
        .split('<')
        .skip(1)
        .filter(|tag| !tag.starts_with(['/', '?', '!']))
        .map(|tag| {
            let tag = tag.split('>').next().unwrap_or_default().trim_end_matches('/');
            let (name, rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            Element { name: name.to_owned(), attributes: attributes(rest) }
        })
        .collect()
}

fn attributes(mut rest: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').expect("a value ends");
        found.insert(name.trim().to_owned(), value.to_owned());
        rest = after;
    }
    found
}

fn without_comments(xml: &str) -> String {
    let mut left = String::new();
    let mut rest = xml;
    while let Some((before, comment)) = rest.split_once("<!--") {
        left.push_str(before);
        rest = comment.split_once("-->").expect("a comment ends").1;
    }
    left + rest
}

/// The one element of this name.
fn only<'a>(elements: &'a [Element], name: &str) -> &'a Element {
    let found: Vec<&Element> = elements.iter().filter(|element| element.name == name).collect();
    assert_eq!(found.len(), 1, "{name}");
    found[0]
}

/// A property list's text or truth value; `None` where there is none.
fn plist(list: &str, key: &str) -> Option<String> {
    let value = list.split_once(&format!("<key>{key}</key>"))?.1.trim_start();
    match value.strip_prefix("<string>") {
        Some(rest) => Some(rest.split_once("</string>")?.0.to_owned()),
        None => ["false", "true"]
            .into_iter()
            .find(|word| value.starts_with(&format!("<{word}/>")))
            .map(str::to_owned),
    }
}

/// The keys under which iOS says what something is for.
fn usage_keys(list: &str) -> Vec<&str> {
    list.split("<key>")
        .skip(1)
        .filter_map(|rest| rest.split("</key>").next())
        .filter(|key| key.ends_with("UsageDescription"))
        .collect()
}

/// The first value of a key in a YAML file of ours.
fn yaml<'a>(file: &'a str, key: &str) -> Option<&'a str> {
    file.lines().find_map(|line| {
        let value = line.trim().strip_prefix(key)?.strip_prefix(':')?;
        Some(value.split(" #").next().unwrap_or_default().trim().trim_matches('"'))
    })
}

/// Android's texts of one language.
fn strings(language: &str) -> BTreeMap<String, String> {
    let file = without_comments(&text(&format!("{MAIN}/res/{language}/strings.xml")));
    let mut found = BTreeMap::new();
    for entry in file.split("<string ").skip(1) {
        let (head, rest) = entry.split_once('>').unwrap();
        let name = attributes(head).remove("name").unwrap();
        let said = rest.split_once("</string>").unwrap().0.to_owned();
        assert!(found.insert(name.clone(), said).is_none(), "{name} is there twice");
    }
    assert!(!found.is_empty(), "{language} has no texts");
    found
}

/// iOS's texts of one language.
fn purposes(language: &str) -> BTreeMap<String, String> {
    let file = text(&format!("{APPLE}/mobile_iOS/{language}.lproj/InfoPlist.strings"));
    let entry = |line: &str| {
        let (key, said) = line.trim().strip_suffix(';')?.split_once(" = ")?;
        Some((key.trim_matches('"').to_owned(), said.trim_matches('"').to_owned()))
    };
    let found: BTreeMap<String, String> = file
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| entry(line).unwrap_or_else(|| panic!("{language}: {line}")))
        .collect();
    assert!(!found.is_empty(), "{language} has no texts");
    found
}

fn is_chinese(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

fn between<'a>(whole: &'a str, start: &str, end: &str) -> &'a str {
    let rest = whole.split_once(start).unwrap_or_else(|| panic!("there is no {start:?}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("{start:?} does not end with {end:?}")).0
}

fn sorted<T: ToString>(words: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    words.sort();
    words
}

fn manifest() -> String {
    without_comments(&text(&format!("{MAIN}/AndroidManifest.xml")))
}

fn config() -> Value {
    serde_json::from_str(&text("mobile/tauri.conf.json")).unwrap()
}

fn workspace_version() -> String {
    let manifest = text("Cargo.toml");
    let workspace = between(&manifest, "[workspace.package]\n", "\n\n");
    between(workspace, "version = \"", "\"").to_owned()
}

/// A file's lines without those that are comments.
fn code(path: &str) -> String {
    let kept =
        text(path).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    kept + "\n"
}

/// The files in a folder, from the root.
fn files(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    names.sort();
    names
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> PathBuf {
    // As cargo says now, not as it said when this was compiled: several checkouts may share one build folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here).join("..")
}
