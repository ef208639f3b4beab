import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness

/// A virtual host with one exchange, `grüße`, that puts a copy of each message into a queue for each client, and the
/// clients: this package's, pika, and the tools of librabbitmq.
struct ForeignBench: Sendable {
    static let exchange = "grüße"

    let node: BrokerNode
    let virtualHost: String
    let folder: URL

    static func make() async throws -> ForeignBench {
        let (node, _) = try await SharedPair.get()
        let virtualHost = try await freshVirtualHost(on: node)
        let folder = FileManager.default.temporaryDirectory.appending(path: "ropeway-foreign-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await node.declare(
            exchange: exchange,
            type: "fanout",
            queues: ["for-us", "for-pika", "for-tools"],
            key: "",
            virtualHost: virtualHost
        )
        return ForeignBench(node: node, virtualHost: virtualHost, folder: folder)
    }

    /// What every reader should see of the samples on this node.
    func views(of samples: [Sample]) -> [MessageView] {
        samples.map { sample in
            var sample = sample
            if node.version.sortsHeaders {
                sample.properties.headers?.fields.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            }
            return sample.view(exchange: Self.exchange)
        }
    }

    // MARK: This package's client

    func publishAsUs(_ samples: [Sample]) async throws {
        try await node.withChannel(virtualHost: virtualHost) { channel in
            try await channel.selectConfirms()
            for sample in samples {
                let result = try await channel.publish(
                    sample.body,
                    properties: sample.properties,
                    exchange: Self.exchange,
                    routingKey: sample.routingKey,
                    mandatory: true
                )
                guard result == .confirmed else { throw HarnessError("\(sample.name): \(result)") }
            }
        }
    }

    func readAsUs() async throws -> [Delivery] {
        try await node.drain("for-us", virtualHost: virtualHost)
    }

    // MARK: pika

    /// What pika saw of a message.
    struct PikaMessage: Decodable {
        /// Each field by its type on the wire.
        var view: MessageView
        /// The headers as a user of pika gets them: types are those of Python.
        var nativeHeaders: ValueView?

        init(from decoder: any Decoder) throws {
            view = try MessageView(from: decoder)
            nativeHeaders = try decoder.container(keyedBy: CodingKeys.self)
                .decodeIfPresent(ValueView.self, forKey: .nativeHeaders)
        }

        enum CodingKeys: String, CodingKey {
            case nativeHeaders = "native_headers"
        }
    }

    /// How pika takes messages from a queue.
    enum PikaReading: String, CaseIterable {
        case get, consume
    }

    func publishAsPika(_ samples: [Sample]) async throws {
        try await publishAsPika(samples.map { $0.view(exchange: Self.exchange) })
    }

    func publishAsPika(_ messages: [MessageView]) async throws {
        let file = folder.appending(path: "messages.json")
        try JSONEncoder().encode(messages).write(to: file)
        _ = try await pika("publish", file.path)
    }

    func readAsPika(_ count: Int, by reading: PikaReading = .consume) async throws -> [PikaMessage] {
        let output = try await pika(reading.rawValue, "for-pika", "\(count)")
        return try JSONDecoder().decode([PikaMessage].self, from: Data(output.utf8))
    }

    /// Debian's pika belongs to Debian's Python, whichever comes first in `PATH`.
    private func pika(_ arguments: String...) async throws -> String {
        let script = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "pika_peer.py").path
        return try await Self.run("/usr/bin/python3", [script, "\(node.amqpPort)", virtualHost] + arguments)
    }

    // MARK: amqp-tools

    /// Runs one of the tools in a shell, so that it can read from a file: `amqp-get CONNECTION -q for-tools`.
    ///
    /// - Parameters:
    ///   - tool: `amqp-publish`.
    ///   - arguments: what follows the connection, quoted for the shell.
    ///   - input: what it reads.
    func tool(_ tool: String, _ arguments: String, input: ByteBuffer = ByteBuffer()) async throws -> String {
        let file = folder.appending(path: "input")
        try Data(input.readableBytesView).write(to: file)
        let connection = "--server=127.0.0.1 --port=\(node.amqpPort) --vhost=\(virtualHost)"
        return try await Self.run("/bin/bash", ["-c", "<'\(file.path)' \(tool) \(connection) \(arguments)"])
    }

    private static func run(_ executable: String, _ arguments: [String]) async throws -> String {
        let child = try ChildProcess.start(executable, arguments)
        let exit = try await child.wait(within: .seconds(60))
        guard exit == .status(0) else { throw HarnessError("\(exit)\n\(child.outputEnd)") }
        return try child.output()
    }
}
