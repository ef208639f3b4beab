import Testing

@testable import RopewayConfiguration

@Suite("A route whose capture is a stream")
struct StreamCaptureConfigurationTests {
    private static func text(
        capture: String = "{type: stream, max-length-bytes: 50GB}",
        standby: String = "{type: stream, ttl: 1h}",
        window: String = "all",
        hasListener: Bool = true
    ) -> String {
        Sample.text.replacing("capture: {type: quorum, max-length-bytes: 10GB}", with: "capture: \(capture)")
            .replacing(
                "standby: {type: stream, ttl: 1h, max-length: 1000000, max-length-bytes: 5GB, hold: 24h}",
                with: "standby: \(standby)"
            )
            .replacing("window: watermark", with: "window: \(window)")
            .replacing(
                "  dc2:\n",
                with: "  dc2:\n" + (hasListener ? "    stream: [rabbitmq-stream://127.0.0.2]\n" : "")
            )
    }

    @Test("is taken with a limit, a stream as store and listeners of both sites")
    func right() throws {
        let loaded = try Sample.parse(Self.text())
        let route = try #require(loaded.configuration.routes.first)
        #expect(loaded.warnings.isEmpty)
        #expect(route.capture == .init(type: .stream, maxLengthBytes: 50_000_000_000))
        #expect(route.copiesStream)
        #expect(!route.usesWatermarks)
    }

    @Test("has no consumed position, which is said")
    func watermark() throws {
        let loaded = try Sample.parse(Self.text(window: "watermark"))
        #expect(loaded.warnings.count == 1 && "\(loaded.warnings)".contains("watermark has no effect"))
        #expect(loaded.configuration.routes.first?.usesWatermarks == false)
        #expect(try Sample.parse(Sample.text).configuration.routes.first?.usesWatermarks == true)
    }

    @Test("is refused where it could not be kept, with the reason")
    func wrong() {
        for (text, says) in [
            (Self.text(capture: "{type: stream}"), "is missing"),
            (Self.text(hasListener: false), "has no listener"),
            (Self.text(standby: "{type: quorum, ttl: 1h}"), "is no stream"),
            (
                Self.text(standby: "{type: stream, ttl: 1h, protect-unconsumed: {up-to: 20GB}}", window: "watermark"),
                "protect-unconsumed needs to know"
            ),
        ] {
            let problems = Sample.problems(text)
            #expect(problems.count == 1 && "\(problems)".contains(says), "\(says): \(problems)")
        }
    }
}
