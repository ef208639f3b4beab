import Testing

@testable import RopewayConfiguration

@Suite("What a configuration refers to")
struct ReferenceTests {
    @Test(
        "given one that was read for asking a daemon, when it is put to use, then it is not read again to find what lacks"
    )
    func later() throws {
        // Given a variable that is not set and a certificate that is not there.
        let text = Sample.replacing(line: 10, with: "username: ropeway\ntls: {ca: /nonexistent/ca.pem}")
        let loaded = try PairConfiguration.parse(text, file: "r.yaml", environment: [:], checkingReferences: false)
        // When it is to be used, then all of that is told at its place, as where it is read at once.
        let later = #expect(throws: ConfigurationErrors.self) {
            try loaded.checkReferences(environment: ["DC1_PASSWORD": "x"])
        }
        let atOnce = #expect(throws: ConfigurationErrors.self) {
            try PairConfiguration.parse(text, file: "r.yaml", environment: ["DC1_PASSWORD": "x"])
        }
        #expect(later == atOnce)
        #expect(later?.problems.map(\.key) == ["sites.dc1.tls.ca", "sites.dc2.password"])
        #expect(later?.problems.map(\.line) == [11, 17])
    }

    @Test("given one whose references are there, when it is put to use, then nothing is wrong")
    func present() throws {
        let loaded = try Sample.parse(Sample.text)
        try loaded.checkReferences(environment: Sample.environment)
    }
}
