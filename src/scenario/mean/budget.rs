//! What retries are paid from.

use super::Reading;
use super::retry::by_cause;
use crate::scenario::meant::{Budget, Deposit, Tokens};
use crate::scenario::scalar;
use crate::scenario::table::budgets::BUDGET;
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};

pub(super) fn budget(node: &Node, path: &str, reading: &mut Reading) -> Budget {
    let chosen = Chosen::new(node, &BUDGET);
    if chosen.tag == "none" {
        return Budget::None;
    }
    let view = chosen.view();
    match chosen.tag {
        "tokens" => Budget::Tokens(tokens(&view, &format!("{path}.tokens"), reading)),
        "ratio" => {
            let share = view.share("share");
            if share.share() <= 0.0 {
                let message = "expected more than 0: without a share a call would deposit nothing";
                let hint = Some("a budget without deposits is `tokens`".to_string());
                reading.at(view.node("share"), &format!("{path}.ratio.share"), message, hint);
            }
            Budget::Ratio {
                share,
                reserve: view.rate("reserve"),
                over: view.span("over"),
                deposit_on: deposit_on(&view),
            }
        }
        "throttle" => Budget::Throttle {
            most: thousandths(view.number("max_tokens")),
            success: thousandths(view.number("token_ratio")),
        },
        "concurrent" => {
            Budget::Concurrent { retries: view.count("retries"), share: view.share("share") }
        }
        "failure_share" => Budget::FailureShare { below: view.share("below") },
        _ => unreachable!("every budget is read"),
    }
}

fn tokens(view: &View, path: &str, reading: &mut Reading) -> Tokens {
    let capacity = thousandths(view.number("capacity"));
    let initial = view.find("initial").and_then(scalar::number).map_or(capacity, thousandths);
    if let Some(node) = view.find("initial").filter(|_| initial > capacity) {
        let message = format!("expected at most `capacity`; found {}", node.describe());
        reading.at(node, &format!("{path}.initial"), message, None);
    }
    Tokens {
        capacity,
        initial,
        cost: thousandths(view.number("cost")),
        cost_of: by_cause(view, "cost_of", path, reading, |node| {
            thousandths(scalar::number(node).unwrap_or_default())
        }),
        deposit: thousandths(view.number("deposit")),
        deposit_on: deposit_on(view),
        refund: view.flag("refund"),
    }
}

fn deposit_on(view: &View) -> Deposit {
    let words = [("success", Deposit::Success), ("first_attempt", Deposit::FirstAttempt)];
    view.word("deposit_on", &words)
}

/// Tokens in thousandths; the table's ranges fit.
fn thousandths(tokens: f64) -> u32 {
    (tokens * 1000.0 + 0.5) as u32
}
