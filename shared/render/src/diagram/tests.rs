//! What must hold for every diagram: nothing overlaps, nothing leaves the room, texts can be read.

use super::marks::{LineMark, Point};
use super::*;
use domain::{Edge, EdgeStyle, Group, Message, Moment, Node, NodeShape};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const WIDE: Extent = Extent { width: 1680.0, height: 640.0 };
const TALL: Extent = Extent { width: 950.0, height: 1300.0 };
const SQUARE: Extent = Extent { width: 950.0, height: 640.0 };

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{1,10}( [a-z]{1,9}){0,5}",
        "[A-Z][a-z]{3,40}",
        Just(String::new()),
        "[\\PC]{0,60}",
        Just("see `call(x)` and $\\frac{a}{b}$".to_owned()),
    ]
}

fn branch() -> impl Strategy<Value = Branch> {
    let leaf = words().prop_map(|text| Branch { text, children: Vec::new() });
    leaf.prop_recursive(4, 40, 7, |inner| (words(), vec(inner, 0..7)).prop_map(|(text, children)| Branch { text, children }))
}

fn diagram() -> impl Strategy<Value = Diagram> {
    let shape = prop_oneof![Just(NodeShape::Box), Just(NodeShape::Round), Just(NodeShape::Diamond)];
    let nodes = vec((words(), shape), 0..20);
    let edges = vec((0..20usize, 0..20usize, proptest::option::weighted(0.3, words())), 0..30);
    let groups = proptest::option::weighted(0.3, vec((words(), vec(0..20usize, 0..6)), 0..4));
    let id = |at: usize| format!("n{at}");
    let flow = (nodes, edges, groups).prop_map(move |(nodes, edges, groups)| Diagram::Flow {
        direction: None,
        nodes: nodes.into_iter().enumerate().map(|(at, (text, shape))| Node { id: id(at), text, shape }).collect(),
        edges: edges
            .into_iter()
            .map(|(from, to, text)| Edge { from: id(from), to: id(to), text, style: EdgeStyle::Arrow })
            .collect(),
        groups: groups
            .unwrap_or_default()
            .into_iter()
            .map(|(title, nodes)| Group { title, nodes: nodes.into_iter().map(id).collect() })
            .collect(),
    });
    let sequence =
        (vec(words(), 0..8), vec((0..8usize, 0..8usize, words(), any::<bool>()), 0..12)).prop_map(|(actors, messages)| {
            let name = |at: usize| actors.get(at).cloned().unwrap_or_default();
            let messages = messages
                .into_iter()
                .map(|(from, to, text, reply)| Message { from: name(from), to: name(to), text, reply })
                .collect();
            Diagram::Sequence { actors, messages }
        });
    prop_oneof![
        3 => flow,
        1 => sequence,
        1 => branch().prop_map(|root| Diagram::MindMap { root }),
        1 => branch().prop_map(|root| Diagram::Hierarchy { root }),
        1 => vec((words(), words()), 0..10)
            .prop_map(|events| Diagram::Timeline { events: events.into_iter().map(|(time, text)| Moment { time, text }).collect() }),
        1 => vec(words(), 0..10).prop_map(|stages| Diagram::Cycle { stages }),
    ]
}

fn laid_out(diagram: &Diagram, area: Extent) -> Drawing {
    drawing(diagram, area, &mut Setter::new([0.0; 3]))
}

fn boxes(drawing: &Drawing) -> Vec<&BoxMark> {
    let of = |mark: &'_ Mark| matches!(mark, Mark::Box(_));
    drawing
        .marks
        .iter()
        .filter(|mark| of(mark))
        .filter_map(|mark| if let Mark::Box(mark) = mark { Some(mark) } else { None })
        .collect()
}

fn lines(drawing: &Drawing) -> Vec<&LineMark> {
    drawing.marks.iter().filter_map(|mark| if let Mark::Line(mark) = mark { Some(mark) } else { None }).collect()
}

/// The first thing that is wrong with a drawing.
fn fault(drawing: &Drawing, area: Extent) -> Option<String> {
    if !area.holds(drawing.extent) || drawing.size < 28.0 {
        return Some(format!("{:?} at {} in {area:?}", drawing.extent, drawing.size));
    }
    let boxes = boxes(drawing);
    for (at, one) in boxes.iter().enumerate() {
        let (right, bottom) = (one.x + one.extent.width, one.y + one.extent.height);
        if one.x < -1.0 || one.y < -1.0 || right > drawing.extent.width + 1.0 || bottom > drawing.extent.height + 1.0 {
            return Some(format!("{one:?} leaves {:?}", drawing.extent));
        }
        for other in boxes[at + 1..].iter().filter(|other| one.look != Look::Frame || other.look == Look::Frame) {
            let across = right.min(other.x + other.extent.width) - one.x.max(other.x);
            let down = bottom.min(other.y + other.extent.height) - one.y.max(other.y);
            if across > 0.5 && down > 0.5 {
                return Some(format!("{one:?} overlaps {other:?}"));
            }
        }
    }
    let inside = |point: &Point| {
        (-2.0..=drawing.extent.width + 2.0).contains(&point[0]) && (-2.0..=drawing.extent.height + 2.0).contains(&point[1])
    };
    lines(drawing)
        .into_iter()
        .flat_map(|line| &line.points)
        .find(|point| !inside(point))
        .map(|point| format!("{point:?} lies outside"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_overlaps_and_nothing_leaves_the_room(diagram in diagram()) {
        for area in [WIDE, TALL, SQUARE] {
            let drawing = laid_out(&diagram, area);
            prop_assert_eq!(fault(&drawing, area), None);
        }
    }

    #[test]
    fn every_step_brings_a_box(diagram in diagram()) {
        let drawing = laid_out(&diagram, WIDE);
        let boxes = boxes(&drawing);
        for step in 1..=steps(&diagram) {
            prop_assert!(boxes.iter().any(|mark| mark.step == step), "step {} of {}", step, steps(&diagram));
        }
        let last = boxes.iter().map(|mark| mark.step).chain(lines(&drawing).iter().map(|line| line.step)).max();
        prop_assert!(last.unwrap_or(0) <= steps(&diagram));
    }
}

fn flow_of(edges: &[(usize, usize)]) -> Diagram {
    let most = edges.iter().map(|(from, to)| from.max(to) + 1).max().unwrap_or(0);
    let node = |at: usize| Node { id: at.to_string(), text: format!("Step {at}"), shape: NodeShape::Box };
    let edge =
        |(from, to): &(usize, usize)| Edge { from: from.to_string(), to: to.to_string(), text: None, style: EdgeStyle::Arrow };
    Diagram::Flow {
        direction: None,
        nodes: (0..most).map(node).collect(),
        edges: edges.iter().map(edge).collect(),
        groups: Vec::new(),
    }
}

#[test]
fn a_flow_leads_to_the_right_where_the_frame_is_wide_and_down_where_it_is_tall() {
    let flow = flow_of(&[(0, 1), (1, 2), (1, 3)]);
    let (wide, tall) = (laid_out(&flow, WIDE), laid_out(&flow, TALL));
    let (wide, tall) = (boxes(&wide), boxes(&tall));
    assert!(wide[0].x < wide[1].x && wide[1].x < wide[2].x && (wide[2].x - wide[3].x).abs() < 1.0);
    assert!(tall[0].y < tall[1].y && tall[1].y < tall[2].y && (tall[2].y - tall[3].y).abs() < 1.0);
}

#[test]
fn a_long_chain_is_read_in_rows() {
    let edges: Vec<(usize, usize)> = (0..11).map(|at| (at, at + 1)).collect();
    let drawing = laid_out(&flow_of(&edges), WIDE);
    assert!(drawing.size >= 36.0, "{}", drawing.size);
    assert_eq!(boxes(&drawing)[0].x, 0.0);
}

#[test]
fn short_diagrams_have_large_texts() {
    let drawing = laid_out(&flow_of(&[(0, 1), (1, 2)]), WIDE);
    assert_eq!(drawing.size, SIZES[0]);
    assert!(drawing.extent.width > WIDE.width * 0.4, "{:?}", drawing.extent);
}

#[test]
fn edges_do_not_run_through_nodes() {
    let flow = flow_of(&[(0, 1), (1, 2), (2, 3), (0, 3), (3, 1), (0, 4), (4, 3)]);
    for area in [WIDE, TALL] {
        let drawing = laid_out(&flow, area);
        for line in lines(&drawing) {
            for pieces in line.points.windows(4).step_by(3) {
                for nth in 1..20 {
                    let t = f64::from(nth) / 20.0;
                    let at = |axis: usize| {
                        let [a, b, c, d] = [pieces[0][axis], pieces[1][axis], pieces[2][axis], pieces[3][axis]];
                        let u = 1.0 - t;
                        a * u * u * u + 3.0 * b * u * u * t + 3.0 * c * u * t * t + d * t * t * t
                    };
                    let hit = boxes(&drawing).into_iter().find(|mark| {
                        let (x, y) = (at(0) - mark.x, at(1) - mark.y);
                        (3.0..mark.extent.width - 3.0).contains(&x) && (3.0..mark.extent.height - 3.0).contains(&y)
                    });
                    assert!(hit.is_none(), "{line:?} runs through {hit:?}");
                }
            }
        }
    }
}
