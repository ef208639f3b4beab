import Testing
import Transport

@testable import AMQP

@Suite("An AMQP URI")
struct ConnectionURITests {
    private struct Parts: Equatable {
        var endpoint: Endpoint
        var user: String
        var password: String
        var virtualHost: String
    }

    private static func parts(_ uri: String) throws -> Parts {
        let configuration = try ConnectionConfiguration(uri: uri, name: "n")
        guard case .plain(let user, let password) = configuration.credentials else { throw WireError.tooDeep }
        return Parts(
            endpoint: try #require(configuration.endpoints.first),
            user: user,
            password: password,
            virtualHost: configuration.virtualHost
        )
    }

    /// Cases of RabbitMQ's specification of the URI, and the defaults.
    private static let good: [(uri: String, host: String, port: Int, user: String, password: String, vhost: String)] = [
        ("amqp://user:pass@host:10000/vhost", "host", 10_000, "user", "pass", "vhost"),
        ("amqp://user%61:%61pass@ho%61st:10000/v%2fhost", "hoast", 10_000, "usera", "apass", "v/host"),
        ("amqp://", "localhost", 5672, "guest", "guest", "/"),
        ("amqp://:@/", "localhost", 5672, "", "", ""),
        ("amqp://user@", "localhost", 5672, "user", "guest", "/"),
        ("amqp://user:pass@", "localhost", 5672, "user", "pass", "/"),
        ("amqp://host", "host", 5672, "guest", "guest", "/"),
        ("amqp://:10000", "localhost", 10_000, "guest", "guest", "/"),
        ("amqp:///vhost", "localhost", 5672, "guest", "guest", "vhost"),
        ("amqp://host/", "host", 5672, "guest", "guest", ""),
        ("amqp://host/%2F", "host", 5672, "guest", "guest", "/"),
        ("amqp://[::1]", "::1", 5672, "guest", "guest", "/"),
        ("AMQP://u:p%40:%3A@[fe80::1]:5673/x", "fe80::1", 5673, "u", "p@::", "x"),
    ]

    @Test("is read as RabbitMQ specifies it", arguments: good)
    func read(uri: String, host: String, port: Int, user: String, password: String, vhost: String) throws {
        let expected = Parts(
            endpoint: Endpoint(host: host, port: port, isTLS: false),
            user: user,
            password: password,
            virtualHost: vhost
        )
        #expect(try Self.parts(uri) == expected)
    }

    @Test("with TLS and a query is read whole")
    func query() throws {
        let plain = try ConnectionConfiguration(
            uri: "amqps://h?heartbeat=7&connection_timeout=1500&channel_max=12&verify=verify_peer"
                + "&cacertfile=%2Fetc%2Fca.pem&certfile=c.pem&keyfile=k.pem&server_name_indication=broker",
            name: "shop"
        )
        #expect(plain.endpoints == [Endpoint(host: "h", port: 5671, isTLS: true)])
        #expect(plain.name == "shop" && plain.heartbeat == .seconds(7) && plain.channelMaximum == 12)
        #expect(plain.connectTimeout == .milliseconds(1500))
        #expect(
            plain.tls
                == TLSOptions(
                    certificateAuthorityPath: "/etc/ca.pem",
                    certificatePath: "c.pem",
                    keyPath: "k.pem",
                    serverName: "broker"
                )
        )
        let external = try ConnectionConfiguration(uri: "amqps://h?auth_mechanism=EXTERNAL", name: "n")
        guard case .external = external.credentials else {
            Issue.record("\(external.credentials)")
            return
        }
    }

    @Test(
        "that is wrong is refused with a reason, and shows nothing of itself",
        arguments: [
            "http://hidden", "hidden", "amqp:/hidden", "amqp://hidden:0", "amqp://hidden:65536", "amqp://hidden:x",
            "amqp://[::1", "amqp://[::1]hidden", "amqp://u:hidden@x@h", "amqp://h/hidden/b", "amqp://u:%hidden@h",
            "amqp://u:hidden%4@h", "amqp://u:%FF@h", "amqp://h?hidden", "amqp://h?heartbeat=hidden",
            "amqp://h?heartbeat=70000", "amqp://h?auth_mechanism=hidden", "amqp://h?cacertfile=hidden",
            "amqps://h?verify=verify_none", "amqp://h/#hidden", "amqp://h?connection_timeout=0",
        ]
    )
    func refused(uri: String) {
        do throws(AMQPError) {
            _ = try ConnectionConfiguration(uri: uri, name: "n")
            Issue.record("\(uri) was read")
        } catch {
            #expect([.invalidArgument, .notSupported].contains(error.code))
            #expect(!"\(error)".contains("hidden"), "\(error)")
        }
    }

    @Test("of random characters is read or refused, and never traps", arguments: 0..<20 as Range<UInt64>)
    func random(seed: UInt64) {
        var random = RandomValues(seed: 7000 + seed)
        let letters = Array("amqps:/@[]?&=%25F#.a1ä ")
        for _ in 0..<500 {
            let tail = String((0..<random.count(upTo: 20)).map { _ in letters[random.count(upTo: letters.count - 1)] })
            _ = try? ConnectionConfiguration(uri: "amqp://" + tail, name: "n")
        }
    }
}
