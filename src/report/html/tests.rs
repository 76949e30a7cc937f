//! What is in the pages, and what must never be.

use serde_json::Value;

use super::detail::BYTES_MAX;
use super::{compare, run, sweep};
use crate::experiment::{self, Differs, Ears, Shard, Side, askable, replicate};
use crate::observe::Record;
use crate::report::tests::{chat, outcome};
use crate::scenario::{Scenario, Variation, Wanted, WhichClaims, read, read_variation};

const REPEAT: &str = "highwater run chat-38min.json --seed 38 --runs 1";

/// A small shop with this title and these settings.
fn shop(title: &str, set: &[(&str, &str)]) -> Scenario {
    shop_and_others(title, 0, set)
}

/// The same beside so many other fleets.
fn shop_and_others(title: &str, others: usize, set: &[(&str, &str)]) -> Scenario {
    let mut file = serde_json::json!({
        "format": 1, "duration": "20s", "sample_every": "1s", "seed": "7",
        "about": { "title": title, "source": title },
        "servers": { "redis": { "preset": "redis-8.0", "maxclients": 30 } },
        "fleets": { "shop": {
            "arrivals": { "poisson": { "rate": "40/s" } },
            "connections": {
                "main": { "per_request": { "leak": { "kind": "forgotten", "on_success": 0.1, "on_error": 0.1 } } },
                "side": { "pooled": { "max": 5 } }
            },
            "steps": [
                { "call": { "server": "redis", "through": "main" } },
                { "call": { "server": "redis", "through": "side" } }
            ]
        } },
        "timeline": [ { "at": "5s", "set": { "servers.redis.timeout": "5s" } } ],
        "claims": [
            { "id": "C1", "says": title, "source": title, "expect": 800, "within": 200,
              "measure": { "max": { "series": "fleets.shop.requests" } } },
            { "id": "C2", "says": "idle connections are closed", "source": title,
              "assume": { "servers.redis.timeout": "2s" } }
        ]
    });
    for other in 0..others {
        file["fleets"][format!("other-{other}")] = serde_json::json!({
            "arrivals": { "poisson": { "rate": "30/s" } },
            "connections": { "main": { "pooled": { "max": 5 } } },
            "steps": [ { "call": { "server": "redis", "through": "main" } } ]
        });
    }
    let load = |_: &str| Ok(file.to_string().into_bytes());
    let set: Vec<(String, String)> =
        set.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    read("shop.json", &load, &set).unwrap_or_else(|problems| panic!("{problems}"))
}

fn of_run(scenario: &Scenario, runs: u32) -> String {
    run(scenario, &replicate(scenario, runs, 2, &|_| {}), REPEAT)
}

fn of_sweep(vary: &str, runs: u32) -> String {
    let scenario = shop("A shop", &[]);
    let knobs = scenario.knobs(&[vary.to_string()], Wanted::Levels).unwrap();
    let known = askable(&scenario);
    let figure = |name: &str| known.iter().find(|known| known.name == name).unwrap().clone();
    let goal = crate::claims::Goal::read("fleets.shop.failed_ratio < 5%", &known).unwrap();
    let plan = experiment::Plan {
        scenario: scenario.name.clone(),
        title: scenario.about.title.clone(),
        seed: scenario.seed.clone(),
        set: vec!["duration=15s".to_string()],
        knobs,
        design: experiment::Design::Grid,
        runs: experiment::Runs::Fixed(runs),
        figures: vec![figure("fleets.shop.failed_ratio"), figure("outage")],
        outage: None,
        goals: vec![goal],
        objectives: Vec::new(),
        meant: String::new(),
    };
    let ears = Ears { done: &|_| true, begin: &|_| {}, watch: &|_| {} };
    let rows = experiment::sweep(&scenario, &plan, Shard::WHOLE, Vec::new(), 2, &ears);
    sweep(&plan, &experiment::found(&plan, &rows))
}

/// A shop as it is, and with a limit that it does not reach.
fn sides() -> [Side; 2] {
    let side = |name: &str, set: &[(&str, &str)], differs| Side {
        name: name.to_string(),
        scenario: shop("A shop", &[&[("timeline", "[]")], set].concat()),
        differs,
    };
    let with = "servers.redis.maxclients=2000";
    [
        side("shop", &[], Differs::File),
        side(with, &[("servers.redis.maxclients", "2000")], Differs::With(with.to_string())),
    ]
}

fn of_compare() -> String {
    let sides = sides();
    let found = experiment::compare(&sides, None, 8, 2, &|_| {});
    let played: Vec<_> = sides.iter().map(|side| (&side.scenario, first_run(side))).collect();
    compare(&played, &found, "highwater compare shop.json")
}

fn first_run(side: &Side) -> Record {
    experiment::simulate(&side.scenario, 0, &mut |_| {})
}

/// The islands of a page by their names.
fn islands(page: &str) -> Vec<(String, Value)> {
    let begin = "<script type=\"application/json\" id=\"";
    let island = |rest: &str| {
        let (id, rest) = rest.split_once("\">").unwrap();
        let (text, _) = rest.split_once("</script>").unwrap();
        (id.to_string(), serde_json::from_str(text).unwrap())
    };
    page.split(begin).skip(1).map(island).collect()
}

#[track_caller]
fn has_sections(page: &str, ids: &[&str]) {
    for id in ids {
        let section = format!("<section id=\"{id}\"");
        assert_eq!(page.matches(&section).count(), 1, "{id}");
        assert!(page.contains(&format!("href=\"#{id}\"")), "{id} is in the contents");
    }
}

#[test]
fn a_run_has_its_verdict_first_and_every_section() {
    let scenario = chat();
    let page = run(&scenario, &outcome(&scenario), REPEAT);
    has_sections(
        &page,
        &[
            "verdict", "claims", "timeline", "charts", "fleets", "servers", "alerts", "figures",
            "settings",
        ],
    );
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(place("Not as expected") < place("Claims and evidence"));
    assert!(page.contains("first rejection, 10,000 of 10,000 slots taken"));
    assert!(page.contains("10:19:52Z"), "the wall clock of an event");
    assert!(page.contains(REPEAT) && page.contains("0123456789abcdef0123456789abcdef"));
    // The rows of the claims have their evidence.
    assert!(page.contains("38 min ± 1 min") && page.contains("37.88 min"));
}

#[test]
fn several_runs_have_intervals_and_a_law() {
    let page = of_run(&shop("A shop", &[]), 6);
    has_sections(&page, &["several", "figures"]);
    assert!(page.contains("Charts show the first of 6 runs."));
    assert!(page.contains("redis first rejection"));
}

#[test]
fn a_sweep_has_its_headline_its_curves_and_its_plan() {
    let page = of_sweep("servers.redis.maxclients=30,60,2000", 4);
    has_sections(&page, &["verdict", "curves", "points", "plan"]);
    assert!(page.contains("MEET fleets.shop.failed_ratio"), "the headline of the terminal");
    let plan = "highwater sweep shop.json --vary servers.redis.maxclients=30,60,2000 \
                --set duration=15s --goal &#39;fleets.shop.failed_ratio &lt; 5 %&#39; --seed 7 --runs 4";
    assert!(page.contains(plan), "{page}");
    let (_, chart) = islands(&page).into_iter().find(|(id, _)| id == "chart-1-data").unwrap();
    assert_eq!(chart["x"]["labels"], serde_json::json!(["30", "60", "2000"]));
    assert!(chart["columns"][0]["low"][0].is_number() && chart["columns"][1]["role"] == "limit");
}

#[test]
fn a_comparison_has_its_finding_its_runs_and_its_differences() {
    let page = of_compare();
    has_sections(&page, &["verdict", "sides", "runs", "charts", "differences", "settings"]);
    assert!(page.contains("servers.redis.maxclients=2000 prevents the outage"), "{page}");
    assert_eq!(page.matches("title=\"run 3: outage\"").count(), 1);
    assert_eq!(page.matches("title=\"run 3: no outage\"").count(), 1);
    assert!(page.contains("class=\"whisker\""));
}

/// The first run of each side, one line each.
#[test]
fn the_charts_of_a_comparison_are_those_of_its_first_runs() {
    let islands = islands(&of_compare());
    let charts: Vec<&Value> = islands.iter().map(|(_, island)| island).collect();
    for side in &sides() {
        let record = first_run(side);
        let lines = charts.iter().filter_map(|chart| chart["columns"].as_array()).flatten();
        let name = match &side.differs {
            Differs::File => side.name.clone(),
            _ => format!("with {}", side.name),
        };
        let lines: Vec<Vec<Option<f64>>> = lines
            .filter(|line| line["name"] == name.as_str())
            .map(|line| line["values"].as_array().unwrap().iter().map(Value::as_f64).collect())
            .collect();
        let connected = record.find("servers.redis.connected_clients").unwrap();
        let connected = connected.peaks.as_ref().unwrap_or(&connected.values);
        let connected: Vec<Option<f64>> = connected.iter().copied().map(Some).collect();
        assert!(lines.contains(&connected), "{name}: {lines:?}");
        let served = &record.find("fleets.shop.succeeded").unwrap().values;
        let served = served.windows(2).map(|pair| Some(pair[1] - pair[0]));
        let served: Vec<Option<f64>> = std::iter::once(None).chain(served).collect();
        assert!(lines.contains(&served), "{name}: {lines:?}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let scenario = shop("A shop", &[]);
    assert!(of_run(&scenario, 3) == of_run(&scenario, 3));
    let vary = "servers.redis.maxclients=30,60";
    assert!(of_sweep(vary, 2) == of_sweep(vary, 2));
    assert!(of_compare() == of_compare());
}

/// What a chart shows is what was recorded.
#[test]
fn the_data_of_a_chart_are_those_of_the_record() {
    let scenario = shop("A shop", &[]);
    let outcome = replicate(&scenario, 1, 1, &|_| {});
    let islands = islands(&run(&scenario, &outcome, REPEAT));
    let column = |name: &str| {
        let columns = islands.iter().filter_map(|(_, chart)| chart["columns"].as_array()).flatten();
        let one = columns.into_iter().find(|column| column["name"] == name).unwrap();
        one["values"].as_array().map(|values| values.iter().map(|v| v.as_f64()).collect::<Vec<_>>())
    };
    let record = &outcome.first;
    let leaked = record.find("fleets.shop.sockets.leaked").unwrap();
    assert_eq!(
        column("leaked").unwrap(),
        leaked.values.iter().copied().map(Some).collect::<Vec<_>>()
    );
    // The limit's own chart shows both ends: what the server counts, and what its clients hold.
    for (name, state) in
        [("leaked sockets at the clients", "leaked"), ("CLOSE_WAIT at the clients", "close_wait")]
    {
        let held = &record.find(&format!("fleets.shop.sockets.{state}")).unwrap().values;
        assert!(held.iter().any(|held| *held > 0.0), "{state}: there is something to see");
        assert_eq!(column(name).unwrap(), held.iter().copied().map(Some).collect::<Vec<_>>());
    }
    // A row a second: the rate is the increase.
    let counted = &record.find("fleets.shop.requests").unwrap().values;
    let rates = column("arrived").unwrap();
    assert_eq!(rates[0], None);
    let grown: Vec<Option<f64>> = counted.windows(2).map(|pair| Some(pair[1] - pair[0])).collect();
    assert_eq!(rates[1..], grown);
    let (_, shared) = islands.iter().find(|(id, _)| id == "shared").unwrap();
    assert_eq!(shared["levels"].as_array().unwrap().len(), record.times.len());
    let marks = shared["marks"].as_array().unwrap();
    let at = |kind: &str| marks.iter().find(|mark| mark["kind"] == kind).unwrap()["at"].as_f64();
    assert_eq!(at("timeline"), Some(5.0));
    let told = at("event").unwrap();
    assert!(record.events.iter().any(|event| event.at.as_secs_f64() == told), "{told}");
}

#[test]
fn charts_without_anything_to_show_are_one_line() {
    let page = of_run(&shop("A shop", &[]), 1);
    assert!(page.contains("Nothing to show (zero from start to end): "));
}

/// Nothing in a page can be asked for: every link leads to a place in it.
#[test]
fn a_page_asks_the_network_for_nothing() {
    for page in [
        of_run(&shop("A shop", &[]), 1),
        of_sweep("servers.redis.maxclients=30,60", 2),
        of_compare(),
    ] {
        for never in
            [" src=", "url(", "@import", "fetch(", "XMLHttpRequest", "import(", "<link", "<iframe"]
        {
            assert!(!page.contains(never), "{never}");
        }
        let links = page.split("href=\"").skip(1);
        assert!(links.into_iter().all(|link| link.starts_with('#')));
        assert!(page.contains("default-src 'none'; script-src 'sha256-"));
        assert!(!page.contains("unsafe"));
    }
}

/// Whatever a scenario says, the page has the same elements as with harmless words.
#[test]
fn no_text_of_a_scenario_becomes_markup() {
    let nasty = "</script><script>alert(1)</script><img src=x onerror='y'>\"&<!--";
    let (harmless, page) = (of_run(&shop("words", &[]), 1), of_run(&shop(nasty, &[]), 1));
    for tag in ["<script", "</script", "<img", "<!--", "<td", "<section", "<figure", "<title"] {
        assert_eq!(page.matches(tag).count(), harmless.matches(tag).count(), "{tag}");
    }
    assert_eq!(islands(&page).len(), islands(&harmless).len());
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
}

/// Sampled every five milliseconds, with twelve fleets.
#[test]
fn a_long_and_finely_sampled_run_stays_small() {
    let scenario = shop_and_others("A shop", 12, &[("sample_every", "5ms")]);
    let outcome = replicate(&scenario, 1, 1, &|_| {});
    assert_eq!(outcome.first.times.len(), 4001);
    let page = run(&scenario, &outcome, REPEAT);
    assert!(page.len() <= BYTES_MAX, "{} bytes", page.len());
    assert!(page.contains("rows are put together"));
    has_sections(&page, &["verdict", "fleets", "servers", "settings"]);
    for (id, island) in islands(&page) {
        let values = island["columns"][0]["values"].as_array();
        assert!(values.is_none_or(|values| values.len() <= 1001), "{id}");
    }
}

/// Ten thousand claims of a thousand characters.
#[test]
fn a_wordy_scenario_stays_small() {
    let scenario = chat();
    let mut outcome = outcome(&scenario);
    let mut claim = outcome.claims[0].clone();
    claim.says = "<word> ".repeat(150);
    outcome.claims = vec![claim; 10_000];
    let page = run(&scenario, &outcome, REPEAT);
    assert!(page.len() <= BYTES_MAX, "{} bytes", page.len());
    assert!(page.contains("more rows are left out: verdicts.md has all."));
    assert!(page.contains("10000 hold") && page.contains("As expected"));
}

/// Base files and `--set` are in it.
#[test]
fn a_run_shows_the_scenario_with_what_was_set() {
    let page = of_run(&shop("A shop", &[("servers.redis.backlog", "77")]), 1);
    assert!(page.contains("&quot;backlog&quot;: 77"));
    let file = r#"{ "base": "shop.json" }"#;
    let load = |name: &str| match name {
        "child.json" => Ok(file.as_bytes().to_vec()),
        _ => Ok(shop("A base", &[]).written().unwrap().into_bytes()),
    };
    let all = Variation { claims: WhichClaims::Nobody, ..Variation::default() };
    let child = read_variation("child.json", &load, &all).unwrap();
    assert!(of_run(&child, 1).contains("A base"), "files it starts from are merged");
}
