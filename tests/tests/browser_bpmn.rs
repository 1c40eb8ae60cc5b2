//! Our flows opened by somebody else's program: bpmn-js, which most tools for BPMN draw with, in a real browser. What it
//! shows is what we meant.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use shared::flow::FlowFile;
use shared::flow::bpmn::to_bpmn;
use shared::flow::kind;
use tests::browser::{Browser, Page, WIDE};

/// bpmn-js' viewer as published; see `vendor/README.md`.
const BPMN: &str = include_str!("../vendor/bpmn-viewer.min.js");

const FLOWS: [(&str, &str); 2] = [
    ("new-car-loan", include_str!("../../assets/flows/new-car-loan.json")),
    ("used-car-leaseback", include_str!("../../assets/flows/used-car-leaseback.json")),
];

/// `show(xml)` draws a diagram and gives what the viewer warns of. `words(element)` is what a person reads there; the
/// viewer breaks lines as it likes. `seen(element)` tells whether it takes up room.
const OPEN: &str = r"
document.head.innerHTML = '<style>body { margin: 0 } #canvas { width: 1440px; height: 900px }' +
    '.djs-hit, .djs-outline { display: none }</style>';
document.body.innerHTML = '<div id=canvas></div>';
window.viewer = new BpmnJS({container: '#canvas'});
window.show = async xml => {
    const {warnings} = await viewer.importXML(xml);
    viewer.get('canvas').zoom('fit-viewport');
    return warnings.map(warning => warning.message);
};
window.element = id => viewer.get('elementRegistry').get(id);
window.drawn = element => viewer.get('elementRegistry').getGraphics(element);
window.words = element => drawn(element).textContent.replace(/\s/g, '');
window.seen = element => {
    const box = drawn(element).querySelector('.djs-visual').getBoundingClientRect();
    return box.width > 0 || box.height > 0;
};";

/// What the page says of one element: its type, what is written on it or beside it, and how many points a connection has.
const ABOUT: &str = r"id => {
    const element = window.element(id);
    if (!element || !seen(element)) return null;
    const label = window.element(id + '_label');
    return {type: element.type.replace('bpmn:', ''), words: words(label || element),
        points: (element.waypoints || []).length,
        ends: [element.source, element.target].map(end => end ? end.id : '')};
}";

async fn about(page: &Page, id: &str) -> Value {
    page.eval(&format!("({ABOUT})({})", json!(id))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bpmn_js_draws_every_block_and_every_outcome_of_our_flows() {
    let browser = Browser::launch().await.unwrap();
    for (name, text) in FLOWS {
        let file: FlowFile = serde_json::from_str(text).unwrap();
        let page = browser.page(WIDE).await.unwrap();
        page.goto("data:text/html,<title>BPMN</title><body></body>").await.unwrap();
        assert!(page.eval::<bool>(&format!("{BPMN}\n;{OPEN};true")).await.unwrap());
        let warnings: Vec<String> = page.eval(&format!("show({})", json!(to_bpmn(&file)))).await.unwrap();
        assert_eq!(warnings, [""; 0], "{name}");
        page.screenshot(&format!("bpmn-{name}")).await.unwrap();

        let mut outcomes = 0;
        for (id, block) in &file.blocks {
            let shape = about(&page, &format!("Block_{id}")).await;
            let words = format!("{}{id}", kind(&block.kind).unwrap().name().zh);
            assert_eq!(shape["words"], words.replace(' ', ""), "{name}, {id}: {shape}");
            let choice = about(&page, &format!("Outcomes_{id}")).await;
            let decides = block.next.len() > 1 && block.kind != "parallel";
            assert_eq!(choice["type"] == "ExclusiveGateway", decides, "{name}, {id}: {choice}");
            let from = if decides { format!("Outcomes_{id}") } else { format!("Block_{id}") };
            for (number, (outcome, to)) in block.next.iter().enumerate() {
                let flow = about(&page, &format!("Flow_{id}_{number}")).await;
                assert_eq!(flow["type"], "SequenceFlow", "{name}, {id}: {outcome}");
                assert_eq!(flow["words"], *outcome, "{name}, {id}: {flow}");
                assert_eq!(flow["ends"], json!([from, format!("Block_{to}")]), "{name}, {id}");
                assert!(flow["points"].as_u64().unwrap() >= 2, "{name}, {id}: {flow}");
                outcomes += 1;
            }
        }
        assert!(outcomes > 100, "{name} has only {outcomes} outcomes: does this test still look at flows?");
        // Nothing lies there besides blocks, choices, connections, the start and the note on asking for a person.
        let left: Vec<String> = page
            .eval(
                "viewer.get('elementRegistry').getAll().map(element => element.id)
                .filter(id => !/^(Block|Outcomes|Flow|Choose)_|_label$/.test(id)).sort()",
            )
            .await
            .unwrap();
        assert_eq!(left, ["Begin", "Flow", "Person", "Start", "ToPerson"], "{name}");
        let person = about(&page, "Person").await;
        assert!(person["words"].as_str().unwrap().contains("客户随时可以找人"), "{person}");
        assert_eq!(page.watch().complaints(), [""; 0]);
    }
    browser.close().await.unwrap();
}
