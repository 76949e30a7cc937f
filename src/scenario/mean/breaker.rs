//! What keeps calls back while they fail.

use crate::scenario::meant::Breaker;
use crate::scenario::table::breakers::BREAKER;
use crate::scenario::tree::Node;
use crate::scenario::view::Chosen;

pub(super) fn breaker(node: &Node) -> Breaker {
    let chosen = Chosen::new(node, &BREAKER);
    match chosen.tag {
        "none" => Breaker::None,
        "consecutive" => {
            let view = chosen.view();
            Breaker::Consecutive {
                failures: view.count("failures"),
                open_for: view.span("open_for"),
            }
        }
        _ => unreachable!("every breaker is read"),
    }
}
