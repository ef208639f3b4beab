import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("Beside amqp-tools", .timeLimit(.minutes(3)))
struct ToolsTests {
    @Test("what amqp-publish sends is read by us and by pika as it was set")
    func published() async throws {
        let bench = try await ForeignBench.make()
        let everything = BasicProperties(
            contentType: "text/plain",
            contentEncoding: "gzip",
            headers: ["a": "1", "ü": "grüße"],
            deliveryMode: 2,
            replyTo: "replies"
        )
        var samples = [
            // Given nothing that is not asked for: without -p, the tool says that the message is not persistent
            Sample("nothing", BasicProperties(deliveryMode: 1), body: ByteBuffer(string: "plain")),
            Sample("all that it can set", everything, body: ByteBuffer(string: "grüße")),
        ]
        samples += Sample.bodySamples.map { sample in
            var sample = sample
            sample.properties.deliveryMode = 1
            return sample
        }
        // When it publishes, bodies as an option and from a file
        let target = "-e '\(ForeignBench.exchange)' -r key"
        _ = try await bench.tool("amqp-publish", "\(target) -b plain")
        let options = "-p -C text/plain -E gzip -t replies -H 'a: 1' -H 'ü: grüße' -b 'grüße'"
        _ = try await bench.tool("amqp-publish", "\(target) \(options)")
        for sample in Sample.bodySamples {
            _ = try await bench.tool("amqp-publish", target, input: sample.body)
        }
        // Then both read it so
        try await bench.expect(samples, by: .consume)
    }

    @Test("each line that amqp-publish reads is a message of its own")
    func lines() async throws {
        let bench = try await ForeignBench.make()
        let target = "-e '\(ForeignBench.exchange)' -r key"
        _ = try await bench.tool("amqp-publish", "\(target) -l", input: ByteBuffer(string: "one\n\nthree\n"))
        let bodies = try await bench.readAsUs().map { String(buffer: $0.body) }
        #expect(bodies == ["one\n", "\n", "three\n"])
    }

    @Test("amqp-get and amqp-consume read the bodies that we and pika publish")
    func read() async throws {
        let bench = try await ForeignBench.make()
        // Given the same bodies from both, with every property and header beside them
        let samples = Sample.bodySamples + Sample.propertySamples + Sample.commonHeaderSamples
        try await bench.publishAsUs(samples)
        try await bench.publishAsPika(samples)
        let expected = samples.map { bench.digits(of: $0.body) }
        // When one tool takes the bodies of ours, and the other the rest
        let digits = try bench.digitsCommand()
        let first = Sample.bodySamples.count
        var taken: [String] = []
        for _ in 0..<first {
            taken += try await bench.tool("amqp-get", "-q for-tools | \(digits)").lines
        }
        let rest = 2 * samples.count - first
        taken += try await bench.tool("amqp-consume", "-q for-tools -c \(rest) -p 10 \(digits)").lines
        // Then each is byte for byte what was published
        #expect(taken.count == 2 * samples.count)
        for (index, body) in taken.enumerated() {
            let isSame = body == expected[index % samples.count]
            #expect(isSame, "\(samples[index % samples.count].name)")
        }
        #expect(try await bench.node.depth(of: "for-tools", virtualHost: bench.virtualHost) == 0)
    }
}

extension ForeignBench {
    /// A command that prints what it reads as a line of hexadecimal digits. It has no options, which amqp-consume would take
    /// for its own.
    func digitsCommand() throws -> String {
        let script = folder.appending(path: "digits").path
        try "od -An -v -tx1 | tr -d ' \\n'\necho\n".write(toFile: script, atomically: true, encoding: .utf8)
        return "bash '\(script)'"
    }

    func digits(of body: ByteBuffer) -> String { hexadecimal(body.readableBytesView) }
}

extension String {
    /// What stands before each line feed.
    fileprivate var lines: [String] {
        var lines = split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines.removeLast()
        return lines
    }
}
