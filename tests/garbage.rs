//! Whatever stands in a file or on the command line, the reader answers; it never panics.

use highwater::scenario::read;
use proptest::prelude::*;

const GOOD: &str = include_str!("bad/good.json");
const CHAT: &str = include_str!("../scenarios/incidents/chat-38min.json");
const FIX: &str = include_str!("../scenarios/incidents/chat-fix-as-written.json");
const STOREFRONT: &str = include_str!("../scenarios/incidents/storefront-6h.json");

/// What mutations put into a file: the tokens of JSON, words of the format and odd values.
const SCRAPS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "//",
    "/*",
    "*/",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "\"\"",
    "\"none\"",
    "\"5min\"",
    "\"0s\"",
    "\"50%\"",
    "\"redis\"",
    "\"pooled\"",
    "\"set\"",
    "{}",
    "[]",
    "\"base\": \"a.json\",",
    "\"steps\"",
    "\"at\"",
    "\"max\": 0",
    "\"preset\": \"r2d2-0.8\",",
    "\\u0000",
    "\u{feff}",
    "\u{1f600}",
    "\n",
    "NaN",
    "\"every\": 99999999999",
];

/// Reads `text` as a file of any name; every problem must name a line.
fn check(text: &str, overrides: &[(String, String)]) {
    let load = |name: &str| match name {
        "a.json" => Ok(text.as_bytes().to_vec()),
        _ => Ok(CHAT.as_bytes().to_vec()),
    };
    if let Err(problems) = read("a.json", &load, overrides) {
        assert!(problems.iter().len() > 0, "a refusal says why");
        assert!(problems.iter().all(|problem| problem.line > 0 && problem.column > 0));
    }
}

fn seed() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![GOOD, CHAT, FIX, STOREFRONT])
}

/// A place as a share of the text, how much is cut there, and what is put there.
fn mutation() -> impl Strategy<Value = (f64, usize, &'static str)> {
    (0.0..1.0, 0_usize..12, prop::sample::select(SCRAPS))
}

fn mutate(text: &str, mutations: &[(f64, usize, &str)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (share, cut, scrap) in mutations {
        let at = (share * characters.len() as f64) as usize;
        let end = (at + cut).min(characters.len());
        characters.splice(at..end, scrap.chars());
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_are_answered(
        text in seed(),
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        check(&mutate(text, &mutations), &[]);
    }

    #[test]
    fn values_swapped_within_a_file_are_answered(text in seed(), from in 0_usize..400, to in 0_usize..400) {
        let mut parts: Vec<&str> = text.split_inclusive([',', ':', '{', '}']).collect();
        let (from, to) = (from % parts.len(), to % parts.len());
        parts.swap(from, to);
        check(&parts.concat(), &[]);
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let load = |_: &str| Ok(bytes.clone());
        prop_assert!(read("a.json", &load, &[]).is_err());
    }

    #[test]
    fn any_setting_of_the_command_line_is_answered(
        path in "(servers|fleets|network|claims|timeline|seed|duration)(\\.[a-z0-9_]{0,9}){0,5}",
        value in "\\PC{0,12}",
    ) {
        check(GOOD, &[(path, value)]);
    }
}

/// Every key of a file set to every odd value, one at a time.
#[test]
fn every_key_can_be_set_to_nonsense() {
    let paths = [
        "format",
        "seed",
        "duration",
        "servers",
        "servers.redis",
        "servers.redis.nofile.soft",
        "servers.redis.preset",
        "network",
        "network.delay",
        "network.delay.uniform",
        "network.delay.table",
        "fleets",
        "fleets.shop",
        "fleets.shop.steps",
        "fleets.shop.steps.0",
        "fleets.shop.steps.0.call.hold.pareto.min",
        "fleets.shop.arrivals",
        "fleets.shop.arrivals.poisson",
        "fleets.shop.arrivals.even.steps",
        "fleets.shop.arrivals.instants",
        "fleets.shop.connections.main.shared",
        "fleets.shop.connections.main",
        "fleets.shop.connections",
        "fleets.shop.retry",
        "fleets.shop.process.ports",
        "timeline",
        "timeline.0",
        "timeline.0.set",
        "claims",
        "claims.0",
        "claims.0.measure",
        "claims.0.expect",
        "claims.0.assume",
        "base",
    ];
    let values = [
        "{}",
        "[]",
        "[{}]",
        "0",
        "-0.0",
        "1e300",
        "true",
        "none",
        "\"\"",
        "null",
        "{\"a\": {}}",
        "{\"none\": {}}",
        "{\"rate\": \"1/s\"}",
        "{\"constant\": {}}",
        "[[[]]]",
        "\u{0}",
    ];
    for path in paths {
        for value in values {
            check(GOOD, &[(path.to_string(), value.to_string())]);
        }
    }
}
