//! What all parts of the designer share: the drawing, what is chosen, what is seen, and how it is kept.

use super::{begin::starting_params, keeping::Kept, view::View};
use crate::browser;
use crate::texts::Words;
use dioxus::prelude::*;
use serde_json::Value;
use shared::domain::lang::Lang;
use shared::flow::draw::{
    Box2, Canvas, Clip, Drawing, Drawn, Edit, Port, Problem, Trial, Unchanged, WIDTH, height, near, overlap,
    tidy,
};
use shared::flow::{BadParams, Baseline, Class, FlowFile, Piece, kind};
use std::{collections::HashMap, ops::Deref, rc::Rc, sync::Arc};

/// How long something that a person has to know stays on the screen, milliseconds.
const TOLD_MS: i32 = 6_000;
/// From a block to the new one beside it.
const BESIDE: f64 = 100.0;

/// A block with what is worked out of it once for each of its changes.
pub struct Face {
    /// The block.
    pub block: Arc<Drawn>,
    /// Its outcomes.
    pub ports: Vec<Port>,
    /// What its kind is for; `None` for one that is not known.
    pub class: Option<Class>,
    /// Why its parameters do not fit.
    pub bad: Option<BadParams>,
    /// Its visits can be limited.
    pub can_be_limited: bool,
}

/// The same face is the same pointer: a block is drawn again only when it changed.
#[derive(Clone)]
pub struct FaceRef(Rc<Face>);

impl PartialEq for FaceRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for FaceRef {
    type Target = Face;

    fn deref(&self) -> &Face {
        &self.0
    }
}

impl Face {
    fn of(block: Arc<Drawn>) -> Self {
        let bad = block.shape().and_then(Result::err);
        Self {
            ports: block.ports(),
            class: kind(&block.kind).map(|kind| kind.class()),
            bad,
            can_be_limited: block.can_be_limited(),
            block,
        }
    }

    /// Its name in this language.
    pub fn title(&self, lang: Lang) -> String {
        kind(&self.block.kind)
            .map_or_else(|| self.block.kind.clone(), |kind| kind.name().get(lang).to_owned())
    }
}

/// A connection that is being drawn.
#[derive(Clone, PartialEq)]
pub struct Linking {
    /// The block it begins at.
    pub from: String,
    /// By which outcome.
    pub outcome: String,
    /// The outcome's row.
    pub row: usize,
    /// Where it may lead.
    pub targets: Rc<Vec<String>>,
}

/// What lies over the canvas.
#[derive(Clone, PartialEq)]
pub enum Dialog {
    /// Nothing.
    None,
    /// The table of this block, in this parameter.
    Table(String, String),
    /// Handing in.
    Submit,
    /// Which keys do what.
    Help,
}

/// The draft that is open.
#[derive(Clone, PartialEq)]
pub struct Open {
    /// Its id.
    pub id: String,
    /// The revision that was read or kept last.
    pub revision: u32,
}

/// The board. All of it are handles: copying it copies nothing.
#[derive(Clone, Copy, PartialEq)]
pub struct Board {
    /// The language.
    pub lang: Signal<Lang>,
    /// What is drawn, with its past.
    pub drawing: Signal<Drawing>,
    /// Every block's face, in the file's order.
    pub faces: Signal<Vec<FaceRef>>,
    places: CopyValue<HashMap<String, Signal<Box2>>>,
    /// The chosen blocks.
    pub selected: Signal<Vec<String>>,
    /// The blocks that are being dragged: they, and the connections at them, are drawn in layers of their own.
    pub moving: Signal<Rc<Vec<String>>>,
    /// The chosen connection: block and outcome.
    pub edge: Signal<Option<(String, String)>>,
    /// What is seen.
    pub view: Signal<View>,
    /// The connection that is being drawn.
    pub linking: Signal<Option<Linking>>,
    /// Where its loose end is.
    pub loose_end: Signal<[f64; 2]>,
    /// The band that blocks are caught in: left, top, right, bottom.
    pub band: Signal<Option<[f64; 4]>>,
    /// What is wrong.
    pub problems: Signal<Rc<Vec<Problem>>>,
    /// The path that is shown.
    pub path: Signal<Rc<Vec<String>>>,
    /// Goes up with every change.
    pub changes: Signal<u32>,
    /// How far it is kept.
    pub kept: Signal<Kept>,
    /// The open draft; `None` until it was read.
    pub open: Signal<Option<Open>>,
    /// Why it was not read: a stable code.
    pub shut: Signal<Option<String>>,
    /// What a person has to know now.
    pub told: Signal<Option<String>>,
    /// What lies over the canvas.
    pub dialog: Signal<Dialog>,
    /// A case that is walked through.
    pub trial: Signal<Option<Trial>>,
    /// The list of problems is open.
    pub listing: Signal<bool>,
    /// The kind of block that is being dragged in.
    pub carried: Signal<Option<&'static str>>,
    /// What a case would take, of the draft as it was kept last: `shared::protocol::flows::FlowEstimate`.
    pub estimate: Signal<Option<Value>>,
    /// The company's own rules, besides the platform's.
    pub rules: Signal<Option<Baseline>>,
    /// What sub-flows contain, by hash; `None` for a version that the company has not.
    pub parts: Signal<Rc<HashMap<String, Option<FlowFile>>>>,
    clip: CopyValue<(Clip, u32)>,
}

impl Board {
    /// A board with nothing on it yet.
    pub fn new() -> Self {
        let empty = Canvas::empty("", shared::domain::Texts::new("", ""));
        Self {
            lang: Signal::new(browser::page_language()),
            drawing: Signal::new(Drawing::of(empty)),
            faces: Signal::new(Vec::new()),
            places: CopyValue::new(HashMap::new()),
            selected: Signal::new(Vec::new()),
            moving: Signal::new(Rc::default()),
            edge: Signal::new(None),
            view: Signal::new(View::START),
            linking: Signal::new(None),
            loose_end: Signal::new([0.0, 0.0]),
            band: Signal::new(None),
            problems: Signal::new(Rc::default()),
            path: Signal::new(Rc::default()),
            changes: Signal::new(0),
            kept: Signal::new(Kept::All),
            open: Signal::new(None),
            shut: Signal::new(None),
            told: Signal::new(None),
            dialog: Signal::new(Dialog::None),
            trial: Signal::new(None),
            listing: Signal::new(false),
            carried: Signal::new(None),
            estimate: Signal::new(None),
            rules: Signal::new(None),
            parts: Signal::new(Rc::default()),
            clip: CopyValue::new((Clip::default(), 0)),
        }
    }

    /// The words of the chosen language.
    pub fn words(self) -> Words {
        Words(*self.lang.read())
    }

    /// Puts a drawing on the board in place of the present one. One in which blocks lie over each other is put in order.
    pub fn show(mut self, canvas: Canvas) {
        let crowded = overlap(&canvas);
        let mut drawing = Drawing::of(canvas);
        if crowded {
            let order = tidy(drawing.canvas());
            let _ = drawing.edit(order);
            self.tell(Words(*self.lang.peek()).t("designer-tidied"));
        }
        self.drawing.set(drawing);
        self.selected.set(Vec::new());
        self.edge.set(None);
        self.trial.set(None);
        self.path.set(Rc::default());
        self.draw();
        self.check();
    }

    /// Makes a change. Says so where it does not fit.
    pub fn edit(mut self, edit: Edit) -> bool {
        let done = self.drawing.write().edit(edit);
        match done {
            Ok(()) => self.changed(),
            Err(Unchanged::Same) => {}
            Err(why) => {
                let key = why.code().replace('_', "-");
                self.tell(Words(*self.lang.peek()).t(&key));
            }
        }
        done.is_ok()
    }

    /// Takes the last change back.
    pub fn undo(mut self) {
        if self.drawing.write().undo() {
            self.changed();
        }
    }

    /// Makes it again.
    pub fn redo(mut self) {
        if self.drawing.write().redo() {
            self.changed();
        }
    }

    fn changed(mut self) {
        self.trial.set(None);
        self.path.set(Rc::default());
        self.draw();
        *self.changes.write() += 1;
    }

    /// Works out what changed blocks look like and where they lie; the others stay as they are.
    fn draw(mut self) {
        let drawing = self.drawing.peek();
        let known: HashMap<String, FaceRef> =
            self.faces.peek().iter().map(|face| (face.block.id.clone(), face.clone())).collect();
        let faces: Vec<FaceRef> = drawing
            .canvas()
            .blocks()
            .iter()
            .map(|block| match known.get(&block.id) {
                Some(face) if Arc::ptr_eq(&face.block, block) => face.clone(),
                _ => FaceRef(Rc::new(Face::of(block.clone()))),
            })
            .collect();
        for face in &faces {
            self.put(&face.block.id, Box2 { at: face.block.at, height: height(face.ports.len()) });
        }
        let there = |id: &String| drawing.canvas().block(id).is_some();
        if !self.selected.peek().iter().all(there) {
            self.selected.write().retain(there);
        }
        let edge_there = |(from, outcome): &(String, String)| {
            drawing.canvas().block(from).is_some_and(|block| block.leads_to(outcome).is_some())
        };
        if self.edge.peek().as_ref().is_some_and(|edge| !edge_there(edge)) {
            self.edge.set(None);
        }
        drop(drawing);
        self.faces.set(faces);
    }

    /// Where a block is drawn now, also while it is dragged.
    pub fn place(mut self, id: &str) -> Signal<Box2> {
        if let Some(place) = self.places.read().get(id) {
            return *place;
        }
        let place = Signal::new_in_scope(Box2 { at: [0.0, 0.0], height: height(0) }, ScopeId::ROOT);
        self.places.write().insert(id.to_owned(), place);
        place
    }

    /// Draws a block somewhere, for as long as no change says otherwise.
    pub fn put(self, id: &str, there: Box2) {
        let mut place = self.place(id);
        if *place.peek() != there {
            place.set(there);
        }
    }

    /// Looks for problems.
    pub fn check(mut self) {
        if super::parts::ask_for_missing(self) {
            return; // It is looked at once they are there.
        }
        let (rules, parts) = (self.rules.peek(), self.parts.peek().clone());
        let find = |hash: &str| parts.get(hash).cloned().flatten();
        let found = shared::flow::draw::problems(self.drawing.peek().canvas(), rules.as_ref(), &find);
        if **self.problems.peek() != found {
            self.problems.set(Rc::new(found));
        }
    }

    /// How many problems keep the flow from going live.
    pub fn broken(self) -> usize {
        self.problems.read().iter().filter(|problem| !problem.hint).count()
    }

    /// Chooses exactly these blocks.
    pub fn select(mut self, ids: Vec<String>) {
        self.edge.set(None);
        if *self.selected.peek() != ids {
            self.selected.set(ids);
        }
    }

    /// Chooses a block, brings it into view and gives it the focus.
    pub fn go_to(mut self, id: &str) {
        let place = *self.place(id).peek();
        let area = [place.at[0], place.at[1], place.at[0] + WIDTH, place.at[1] + place.height];
        let view = self.view.peek().showing(area, super::stage::size());
        self.view.set(view);
        self.select(vec![id.to_owned()]);
        let id = format!("b-{id}");
        spawn(async move {
            // A new block is drawn after this.
            browser::sleep(20).await;
            super::stage::focus(&id);
        });
    }

    /// Adds a block of a kind: at a place, or at a free one beside what is chosen.
    pub fn add(self, key: &'static str, at: Option<[f64; 2]>) {
        let (block, count) = {
            let drawing = self.drawing.peek();
            let canvas = drawing.canvas();
            let mut block = Drawn::new(key.replace('-', "_"), key, starting_params(key, canvas), [0.0, 0.0]);
            let ports = block.ports().len();
            let wanted = at.unwrap_or_else(|| self.beside(canvas, ports));
            block.at = near(canvas, wanted, ports);
            (block, canvas.blocks().len())
        };
        if self.edit(Edit::Add(Box::new(block))) {
            let added = self.drawing.peek().canvas().blocks().get(count).map(|block| block.id.clone());
            if let Some(id) = added {
                self.go_to(&id);
            }
        }
    }

    fn beside(self, canvas: &Canvas, ports: usize) -> [f64; 2] {
        let chosen = self.selected.peek().last().and_then(|id| canvas.block(id).cloned());
        match chosen.or_else(|| canvas.blocks().last().cloned()) {
            Some(block) => [block.at[0] + WIDTH + BESIDE, block.at[1]],
            None => {
                let [width, high] = super::stage::size();
                self.view.peek().place([width / 2.0 - WIDTH / 2.0, high / 2.0 - height(ports) / 2.0])
            }
        }
    }

    /// Puts a ready-made piece onto the canvas, and everything in order where it would lie over something.
    pub fn insert(self, piece: &Piece) {
        if !self.edit(Edit::Insert(Box::new(piece.clone()))) {
            return;
        }
        if overlap(self.drawing.peek().canvas()) {
            self.tidy();
        }
        // What comes next is what the flow sells: the panel shows the flow when nothing is chosen.
        self.select(Vec::new());
        self.fit();
    }

    /// Removes what is chosen.
    pub fn remove(mut self) {
        let edge = self.edge.peek().clone();
        if let Some((from, outcome)) = edge {
            self.edit(Edit::Disconnect { from, outcome });
        } else if !self.selected.peek().is_empty() {
            let ids = self.selected.take();
            self.edit(Edit::Remove(ids));
        }
        super::stage::focus("stage");
    }

    /// Copies the chosen blocks.
    pub fn copy(mut self) {
        let clip = self.drawing.peek().canvas().copy(&self.selected.peek());
        if !clip.is_empty() {
            browser::to_clipboard(&clip.to_text());
            let words = Words(*self.lang.peek()).with("designer-copied", &[("n", clip.len().into())]);
            self.clip.set((clip, 0));
            self.tell(words);
        }
    }

    /// Pastes what was copied: beside where it was, each time a little further.
    pub fn paste(mut self, text: Option<&str>) {
        let from_text = text.and_then(Clip::from_text).filter(|clip| *clip != self.clip.peek().0);
        if let Some(clip) = from_text {
            self.clip.set((clip, 0));
        }
        let (clip, times) = self.clip.peek().clone();
        if clip.is_empty() {
            return;
        }
        let by = 40.0 * f64::from(times + 1);
        let before = self.drawing.peek().canvas().blocks().len();
        self.clip.set((clip.clone(), times + 1));
        if self.edit(Edit::Paste { clip, by: [by, by] }) {
            let ids = self.drawing.peek().canvas().blocks()[before..]
                .iter()
                .map(|block| block.id.clone())
                .collect();
            self.select(ids);
        }
    }

    /// Puts all blocks in order and shows them.
    pub fn tidy(self) {
        let order = tidy(self.drawing.peek().canvas());
        self.edit(order);
        self.fit();
    }

    /// Shows everything.
    pub fn fit(mut self) {
        let area = {
            let faces = self.faces.peek();
            let corners = faces.iter().map(|face| {
                let [x, y] = face.block.at;
                [x, y, x + WIDTH, y + height(face.ports.len())]
            });
            corners.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
        };
        self.view.set(area.map_or(View::START, |area| View::fitting(area, super::stage::size())));
    }

    /// Shows everything where it can be read, else where a case starts.
    pub fn begin(mut self) {
        self.fit();
        if !self.view.peek().is_readable() {
            let drawing = self.drawing.peek();
            let canvas = drawing.canvas();
            let first =
                canvas.start.as_deref().and_then(|start| canvas.block(start)).or(canvas.blocks().first());
            if let Some(first) = first {
                self.view.set(View::beginning_at(first.at, super::stage::size()));
            }
        }
    }

    /// Zooms around the middle.
    pub fn zoom(mut self, factor: f64) {
        let [width, high] = super::stage::size();
        let view = self.view.peek().zoomed(factor, [width / 2.0, high / 2.0]);
        self.view.set(view);
    }

    /// Says something to the person for a while.
    pub fn tell(mut self, text: String) {
        self.told.set(Some(text.clone()));
        dioxus::core::spawn_forever(async move {
            browser::sleep(TOLD_MS).await;
            if self.told.peek().as_ref() == Some(&text) {
                self.told.set(None);
            }
        });
    }
}
