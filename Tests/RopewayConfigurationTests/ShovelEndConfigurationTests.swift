import Testing

@testable import RopewayConfiguration

@Suite("When a shovel is to end, and what it may take unacknowledged")
struct ShovelEndConfigurationTests {
    private static func text(source: String, mode: String = "on-confirm") -> String {
        Sample.text.replacing("source: {site: dc1, queue: audit}", with: "source: {site: dc1, \(source)}")
            .replacing("    ack-mode: on-confirm\n    prefetch-count: 1000\n", with: "    ack-mode: \(mode)\n")
    }

    @Test("takes a hundred years and the largest number")
    func far() throws {
        for (written, end) in [
            ("3650d", ShovelConfiguration.DeleteAfter.duration(.seconds(3650 * 86_400))),
            ("36500d", .duration(.seconds(36_500 * 86_400))),
            ("9223372036854775807", .messages(.max)),
        ] {
            let loaded = try Sample.parse(Self.text(source: "queue: audit, delete-after: \(written)"))
            #expect(loaded.configuration.shovels.first?.source.deleteAfter == end)
        }
    }

    @Test("takes the plugin's word for the protocol that it speaks")
    func amqp091() throws {
        let loaded = try Sample.parse(Self.text(source: "queue: audit, protocol: amqp091"))
        #expect(loaded.configuration == (try Sample.parse(Self.text(source: "queue: audit"))).configuration)
    }

    @Test(
        "refuses a stream with no-ack, however the file says that it is one",
        arguments: ["queue-arguments: {x-queue-type: stream}", "consumer-arguments: {x-stream-offset: first}"]
    )
    func stream(_ arguments: String) {
        let problems = Sample.problems(Self.text(source: "queue: audit, \(arguments)", mode: "no-ack"))
        #expect(problems.count == 1 && "\(problems)".contains("stream"), "\(problems)")
        #expect(Sample.problems(Self.text(source: "queue: audit, \(arguments)")).isEmpty)
    }
}
