//! The scenarios of the cases: ordinary files, which `highwater check` and `run` read too.

use crate::scenario::{self, Problems, Scenario};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("scenarios/", $name, ".json")))),*]
    };
}

/// Each file by its name.
pub(super) const FILES: &[(&str, &str)] = files![
    "A01",
    "A02",
    "A04",
    "A05",
    "A07",
    "A08",
    "A09",
    "A10",
    "A12",
    "A14",
    "A15",
    "B01",
    "B02-constant",
    "B02-exp",
    "B02-lognormal",
    "B04",
    "B04-even",
    "B05",
    "B05-even",
    "B06",
    "B09",
    "C03",
    "C04",
    "D01",
    "D02",
    "D03",
    "D04",
    "D06",
    "D07",
    "D09",
    "D10",
    "D13",
    "D14",
    "D15",
    "E01",
    "E02",
    "E05",
    "E06",
    "E07",
    "E09",
    "E13",
    "E16",
    "E17",
    "E19",
    "E20",
    "E22",
    "E23",
    "E25",
    "F01",
    "F03-1",
    "F03-10",
    "F03-open",
    "F04",
    "F05",
    "G03",
    "G07-parts",
    "G07-shared",
    "J01-answer",
    "J01-one_less",
    "J02-answer",
    "J02-one_less",
    "J08",
    "J09",
    "K01",
    "K02",
    "K03",
    "K05",
    "K06",
    "K07",
    "K09-fills",
    "K09-level",
    "K10",
    "L01",
    "L01-loads",
    "L02",
    "L03",
    "L05",
    "L08",
    "L09",
    "ideal",
];

/// Reads one of them, with settings over what it says.
pub(super) fn read(name: &str, set: &[(&str, &str)]) -> Result<Scenario, Problems> {
    let load = |file: &str| {
        let known = FILES.iter().find(|(name, _)| file.strip_suffix(".json") == Some(name));
        let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
        known.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(missing)
    };
    let owned = |(path, value): &(&str, &str)| ((*path).to_string(), (*value).to_string());
    let set: Vec<(String, String)> = set.iter().map(owned).collect();
    scenario::read(&format!("{name}.json"), &load, &set)
}
