//! Several pictures in one.

use super::page::WIDTH;

/// The pictures one below the other. One picture stays as it is.
pub fn stacked(pictures: &[String]) -> String {
    if let [only] = pictures {
        return only.clone();
    }
    let (mut body, mut y) = (String::new(), 0);
    for picture in pictures {
        // A picture begins with its own element: give that its place.
        body.push_str(&picture.replacen("<svg ", &format!("<svg y=\"{y}\" "), 1));
        y += height(picture);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" \
         viewBox=\"0 0 {WIDTH} {y}\">\n{body}</svg>\n"
    )
}

/// The height that a picture gives itself.
fn height(picture: &str) -> u32 {
    let value = picture.split_once(" height=\"").and_then(|(_, rest)| rest.split_once('"'));
    value.and_then(|(number, _)| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_one_below_the_other() {
        let picture = |height| format!("<svg width=\"1000\" height=\"{height}\">\n</svg>\n");
        let both = stacked(&[picture(300), picture(200)]);
        assert!(both.contains("height=\"500\" viewBox=\"0 0 1000 500\""), "{both}");
        assert!(both.contains("<svg y=\"0\" ") && both.contains("<svg y=\"300\" "), "{both}");
        assert_eq!(stacked(&[picture(300)]), picture(300));
    }
}
