//! Why, for a person at a terminal: the sentence that says it, the chain, the request, the connection,
//! the signs, and what would have shown it first.

use super::{Paint, clean, titled};
use crate::claims::{Class, Signal, amount};
use crate::experiment::{Attempt, Autopsy, Explanation, Life, LifeMoment, Names, Owner};
use crate::scenario::Scenario;
use crate::units::{SimTime, Span, Unit, timestamp};

/// Attempts that are told one by one: so many first ones and so many last ones.
const ATTEMPTS: (usize, usize) = (3, 2);
/// Moments of a connection that are told: so many first ones and so many last ones.
const MOMENTS: (usize, usize) = (8, 4);
/// Columns for an instant.
const WHEN: usize = 10;

/// The explanation of a run.
pub fn explain(scenario: &Scenario, found: &Explanation, paint: Paint) -> String {
    let names = Names::new(scenario);
    let mut out = String::new();
    head(scenario, found, paint, &mut out);
    chain(found, paint, &mut out);
    if let Some(request) = &found.request {
        autopsy(request, names, paint, &mut out);
    }
    if let Some(connection) = &found.connection {
        life(found, connection, names, paint, &mut out);
    }
    if found.tells_why() {
        class(found, paint, &mut out);
        signals(found, names, paint, &mut out);
    }
    out
}

fn head(scenario: &Scenario, found: &Explanation, paint: Paint, out: &mut String) {
    out.push_str(&titled(scenario, paint));
    let from = match scenario.about.start {
        Some(start) => format!(" from {}", &timestamp(start, SimTime::ZERO).replace(".000Z", "Z")),
        None => String::new(),
    };
    let facts = format!(
        "{}{from}, run {}, seed \"{}\", digest {}",
        seconds(scenario.duration),
        found.run,
        clean(&scenario.seed),
        found.record.digest
    );
    out.push_str(&format!("\n{}\n\n", paint.dim(&paint.wrapped(&facts, 2))));
    if let Some(why) = &found.record.stopped {
        let why = format!("The run stopped before its end: {}", clean(why));
        out.push_str(&format!("{}\n\n", paint.red(&paint.wrapped(&why, 0))));
    }
    let failed = found.ended.is_some_and(|ended| ended.cause.is_some());
    let headline = paint.wrapped(&clean(&found.headline), 0);
    out.push_str(&format!(
        "{}\n",
        if failed { paint.red(&headline) } else { paint.bold(&headline) }
    ));
    if let Some(first) = found.first_signal().filter(|_| found.tells_why()) {
        out.push_str(&format!(
            "{}\n",
            paint.bold(&paint.wrapped(&first_words(found, first, scenario), 0))
        ));
    }
    out.push('\n');
}

/// The signal that came first, and the one everybody has.
fn first_words(found: &Explanation, first: &Signal, scenario: &Scenario) -> String {
    let names = Names::new(scenario);
    let said = |signal: &Signal| {
        let at = signal.first.map_or(String::new(), |(at, _)| names.at(at));
        let lead = signal.lead(found.until).map_or(String::new(), seconds);
        format!("{} {} at {at}, {lead} before", clean(&signal.part), signal.says)
    };
    let ratio = found.signals.iter().find(|signal| signal.name == "ratio_0.8");
    let ratio = ratio.filter(|ratio| ratio.first.is_some() && *ratio != first);
    let also = ratio.map_or(String::new(), |ratio| format!("; {}", said(ratio)));
    format!("What would have shown it first: {}{also}.", said(first))
}

fn chain(found: &Explanation, paint: Paint, out: &mut String) {
    if found.chain.is_empty() {
        return;
    }
    let title = match found.request {
        Some(_) => "Why, from what was seen back to what began it",
        None => "Who was refused all the same, the last first",
    };
    out.push_str(&format!("{}\n", paint.bold(title)));
    for (index, link) in found.chain.iter().enumerate() {
        let when = link.at.map_or(String::new(), at);
        let mark = if index == 0 || found.request.is_none() { ' ' } else { '←' };
        let text = paint.wrapped(&clean(&link.text), 2 + WHEN + 4);
        out.push_str(&format!("  {}  {mark} {text}\n", paint.dim(&format!("{when:>WHEN$}"))));
    }
    out.push('\n');
}

fn autopsy(request: &Autopsy, names: Names, paint: Paint, out: &mut String) {
    let number =
        request.number.map_or(String::new(), |n| format!(" {}", amount(n as f64, Unit::Count)));
    let place = request.instance.map_or(String::new(), |place| format!(", at instance {place}"));
    let title = format!(
        "Request{number} of {}{place}, arrived at {}",
        clean(names.fleet(request.fleet)),
        names.at(request.began)
    );
    out.push_str(&format!("{}\n", paint.bold(&title)));
    let count = request.attempts.len();
    let mut before: Option<SimTime> = None;
    for (index, one) in request.attempts.iter().enumerate() {
        let pause = before.map(|ended| one.began.since(ended)).filter(|pause| !pause.is_zero());
        before = Some(one.ended);
        let told = index < ATTEMPTS.0 || index + ATTEMPTS.1 >= count;
        if told {
            attempt(request, one, pause, paint, out);
        } else if index == ATTEMPTS.0 {
            let left_out = count - ATTEMPTS.0 - ATTEMPTS.1;
            out.push_str(&paint.dim(&format!("  {left_out} attempts are left out here\n")));
        }
    }
    if request.attempts.is_empty() {
        out.push_str("  no attempt of a call was made\n");
    }
    let end = match (request.took(), request.cause, request.succeeded) {
        (Some(took), Some(cause), _) => format!("fails by {} after {took}", cause.name()),
        (Some(took), None, true) => format!("succeeds after {took}"),
        (Some(took), None, false) => format!("ends after {took}; nobody waited for it"),
        (None, ..) => "is in flight when the run ends".to_string(),
    };
    out.push_str(&format!("  {end}\n\n"));
}

fn attempt(request: &Autopsy, one: &Attempt, pause: Option<Span>, paint: Paint, out: &mut String) {
    let number = if one.first == one.last {
        format!("attempt {}", one.first)
    } else {
        format!("attempts {} to {}", one.first, one.last)
    };
    let mut last = None;
    let mut lines: Vec<(SimTime, String)> = Vec::new();
    for moment in &one.moments {
        match (last == Some(moment.at), lines.last_mut()) {
            (true, Some((_, text))) => text.push_str(&format!("; {}", moment.text)),
            _ => lines.push((moment.at, moment.text.clone())),
        }
        last = Some(moment.at);
    }
    let indent = 2 + WHEN + 2;
    let mut line = |at: SimTime, text: &str| {
        let when = format!("+{}", seconds(at.since(request.began)));
        out.push_str(&format!(
            "  {}  {}\n",
            paint.dim(&format!("{when:>WHEN$}")),
            paint.wrapped(&clean(text), indent)
        ));
    };
    let mut told = lines.into_iter();
    let begun = told.next().map_or(String::new(), |(_, text)| format!(": {text}"));
    let after =
        pause.map_or(String::new(), |pause| format!(", after a pause of {}", seconds(pause)));
    line(one.began, &format!("{number}{after}{begun}"));
    for (at, text) in told {
        line(at, &text);
    }
    line(one.ended, &format!("{number} {}", one.text));
}

fn life(found: &Explanation, life: &Life, names: Names, paint: Paint, out: &mut String) {
    let number =
        life.number.map_or(String::new(), |n| format!(" {}", amount(n as f64, Unit::Count)));
    let whose = match (life.owner, life.instance) {
        (Owner::Fleet { fleet, through }, Some(place)) => format!(
            "{} ({}), instance {place}",
            clean(names.fleet(fleet)),
            clean(names.way(fleet, through))
        ),
        (owner, _) => clean(&names.owner(owner)),
    };
    let role = match (&found.request, life.leaked) {
        (Some(_), Some(_)) => ", the first that was leaked and is held",
        (Some(_), None) => ", the oldest of those that are held",
        (None, _) => "",
    };
    let title =
        format!("Connection{number}{role}: {whose}, to {}", clean(names.server(life.server)));
    out.push_str(&format!("{}\n", paint.bold(&paint.wrapped(&title, 2))));
    let head = format!("  {:>WHEN$}  {:<12} {:<19}", "", "client", "server");
    out.push_str(&format!("{}\n", paint.dim(head.trim_end())));
    let count = life.moments.len();
    let indent = 2 + WHEN + 2 + 12 + 1 + 19 + 1;
    let mut failure = life.at_failure.as_ref();
    for (index, moment) in life.moments.iter().enumerate() {
        if index >= MOMENTS.0 && index + MOMENTS.1 < count {
            if index == MOMENTS.0 {
                let left_out = (count - MOMENTS.0 - MOMENTS.1) as u64 + life.left_out;
                out.push_str(&paint.dim(&format!("  {left_out} changes are left out here\n")));
            }
            continue;
        }
        if let Some(then) = failure.filter(|then| then.at < moment.at) {
            failed_here(then, paint, out);
            failure = None;
        }
        let remark = paint.wrapped(&clean(&moment.remark), indent);
        let row = format!("{:<12} {:<19} {remark}", moment.client, moment.server);
        let when = format!("{:>WHEN$}", at(moment.at));
        out.push_str(&format!("  {}  {}\n", paint.dim(&when), row.trim_end()));
    }
    if let Some(then) = failure {
        failed_here(then, paint, out);
    }
    let end = match (life.is_over, life.uses) {
        (true, 1) => "over; 1 request used it".to_string(),
        (true, uses) => format!("over; {uses} requests used it"),
        (false, 1) => "still so at the end of the run; 1 request used it".to_string(),
        (false, uses) => format!("still so at the end of the run; {uses} requests used it"),
    };
    out.push_str(&format!("  {end}\n\n"));
}

/// How it stood when the request failed.
fn failed_here(then: &LifeMoment, paint: Paint, out: &mut String) {
    let idle = then.idle.map_or(String::new(), |idle| format!(", no byte for {}", seconds(idle)));
    let row = format!("{:<12} {:<19} the request fails{idle}", then.client, then.server);
    let when = format!("{:>WHEN$}", at(then.at));
    out.push_str(&format!("  {}  {}\n", paint.dim(&when), paint.red(&row)));
}

fn class(found: &Explanation, paint: Paint, out: &mut String) {
    let signature = &found.signature;
    match signature.found() {
        Some(finding) => {
            let sure = format!("{} of {} signs", finding.held(), finding.signs.len());
            let title = format!("It looks like {} ({sure})", signature.class.title());
            out.push_str(&format!("{}\n", paint.bold(&title)));
            for sign in &finding.signs {
                let mark = if sign.holds { paint.green("✓") } else { paint.yellow("✗") };
                out.push_str(&format!("  {mark} {}\n", paint.wrapped(&clean(&sign.text), 4)));
            }
        }
        None => {
            let title = format!("It looks like {}", Class::Other.title());
            out.push_str(&format!("{}\n", paint.bold(&title)));
            if let Some(instead) = &found.instead {
                let line = format!("it is something else: {instead}");
                out.push_str(&format!("  {}\n", paint.wrapped(&line, 4)));
            }
        }
    }
    let others = signature.findings.iter().filter(|f| f.class != signature.class && f.possible);
    let others: Vec<String> = others
        .map(|f| format!("{} ({} of {} signs)", f.class.title(), f.held(), f.signs.len()))
        .collect();
    if !others.is_empty() {
        let line = format!("it could also be: {}", others.join(", "));
        out.push_str(&format!("  {}\n", paint.dim(&paint.wrapped(&line, 4))));
    }
    out.push('\n');
}

fn signals(found: &Explanation, names: Names, paint: Paint, out: &mut String) {
    let (seen, never): (Vec<_>, Vec<_>) =
        found.signals.iter().partition(|signal| signal.first.is_some());
    let what = if found.has_failure { "before the failure" } else { "by the end of the run" };
    out.push_str(&format!("{}\n", paint.bold(&format!("What the usual metrics showed {what}"))));
    for signal in &seen {
        let Some((when, value)) = signal.first else { continue };
        let lead = signal.lead(found.until).map_or(String::new(), seconds);
        let lead = if found.has_failure { format!("{lead} left") } else { String::new() };
        let value = amount(round(value), signal.unit);
        let text = format!("{} {} ({value})", clean(&signal.part), signal.says);
        let indent = 2 + WHEN + 2 + 14 + 2;
        let (when, _) = (at(when), names);
        out.push_str(&format!(
            "  {}  {lead:>14}  {}\n",
            paint.dim(&format!("{when:>WHEN$}")),
            paint.wrapped(&text, indent)
        ));
    }
    if seen.is_empty() {
        out.push_str("  none of them passed its threshold\n");
    }
    if !never.is_empty() {
        let line = format!("not passed by then: {}", by_part(&never));
        out.push_str(&format!("  {}\n", paint.dim(&paint.wrapped(&line, 4))));
    }
    out.push('\n');
}

/// Metrics with their thresholds, each part named once.
fn by_part(signals: &[&Signal]) -> String {
    /// Who needs more reads the JSON.
    const MOST: usize = 8;
    let told = &signals[..signals.len().min(MOST)];
    let parts = told.chunk_by(|one, next| one.part == next.part).map(|of_part| {
        let says: Vec<&str> = of_part.iter().map(|signal| signal.says.as_str()).collect();
        format!("{} {}", clean(&of_part[0].part), says.join(", "))
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// Four figures are enough beside a threshold.
fn round(value: f64) -> f64 {
    let scale = 1e4;
    if value.abs() < 1.0 { (value * scale).round() / scale } else { value }
}

fn at(at: SimTime) -> String {
    seconds(at.since(SimTime::ZERO))
}

fn seconds(span: Span) -> String {
    amount(span.as_secs_f64(), Unit::Seconds)
}
