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

    @Test(
        "takes a stream at either end or at both, and refuses one without a listener, or with what means nothing there"
    )
    func streams() throws {
        func text(source: String, destination: String = "stream: copy", more: String = "") -> String {
            Self.text(source: source).replacing("  dc2:\n", with: "  dc2:\n    stream: [rabbitmq-stream://127.0.0.2]\n")
                .replacing("    ack-mode: on-confirm\n", with: more)
                .replacing(
                    "destination: {site: dc2, exchange: audit, routing-key: k}",
                    with: "destination: {site: dc2, \(destination)}"
                )
        }
        let shovel = try Sample.parse(text(source: "stream: events, offset: 7")).configuration.shovels.first
        #expect(shovel?.source.origin == .stream("events", from: .offset(7)))
        #expect(shovel?.destination.target == .stream("copy"))
        // At one end, with what goes with the other
        let into = text(
            source: "queue: audit, queue-arguments: {x-max-length: 7}",
            destination: "stream: copy, publish-properties: {priority: 3}, add-forward-headers: true",
            more: "    ack-mode: on-publish\n    prefetch-count: 10\n"
        )
        let written = try Sample.parse(into).configuration.shovels.first
        #expect(written?.destination.target == .stream("copy") && written?.copiesStream == false)
        let out = text(
            source: "stream: events, offset: next",
            destination: "exchange: e",
            more: "    prefetch-count: 10\n"
        )
        #expect(try Sample.parse(out).configuration.shovels.first?.source.origin == .stream("events", from: .next))
        for (wrong, says) in [
            (
                text(source: "stream: events", destination: "stream: copy, add-forward-headers: true"),
                "changes messages"
            ),
            (text(source: "stream: events", destination: "queue: q", more: "    ack-mode: no-ack\n"), "no-ack"),
            (
                text(source: "queue: q", destination: "stream: copy, queue-arguments: {x: 1}"),
                "does not go with a stream"
            ),
            (
                text(source: "queue: audit").replacing("    stream: [rabbitmq-stream://127.0.0.2]\n", with: ""),
                "has no listener"
            ),
            (text(source: "queue: audit, offset: 7", destination: "queue: copy"), "belongs to a stream"),
            (text(source: "stream: events, delete-after: 1h"), "does not go with a stream"),
            (text(source: "stream: events, offset: last"), "first, next or an offset"),
            (text(source: "stream: events", more: "    ack-mode: on-publish\n"), "means nothing"),
        ] {
            let problems = Sample.problems(wrong)
            #expect(problems.count == 1 && "\(problems)".contains(says), "\(says): \(problems)")
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
