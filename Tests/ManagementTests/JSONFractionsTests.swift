import Testing

@testable import Management

@Suite("Numbers with a fraction in JSON")
struct JSONFractionsTests {
    @Test(
        "given a JSON text, then a number with a fraction or an exponent is seen, outside of texts only",
        arguments: [
            (#"[1.0]"#, true), (#"{"a": 1e5}"#, true), (#"{"a":-2E+3}"#, true), (#"[1, 2, true, false, null]"#, false),
            (#"{"a.1":"1.0", "b": "1e5", "c\"1.0": 7}"#, false), (#"["\\", 1.5]"#, true), ("", false),
        ]
    )
    func fractions(_ text: String, isThere: Bool) {
        #expect(JSONFractions.areIn(text.utf8) == isThere)
    }
}
