import RopewayConfiguration
import Testing

/// A right configuration whose lines the tests break one at a time.
enum Sample {
    static let environment = ["DC1_PASSWORD": "s3cret-one", "DC2_PASSWORD": "s3cret-two", "EMPTY": ""]

    // Line numbers that the tests name count from the first line of this text.
    static let text = """
        pair: orders-dr
        active: dc1
        sites:
          dc1:
            amqp: [amqp://127.0.0.1:5672]
            stream: [rabbitmq-stream://127.0.0.1]
            management: [http://127.0.0.1:15672]
            vhost: /
            auth: plain
            username: ropeway
            password: {env: DC1_PASSWORD}
          dc2:
            amqp: [amqp://127.0.0.2, "amqp://[::1]:5673"]
            management: [https://127.0.0.2/rabbit/]
            username: ropeway
            password: {env: DC2_PASSWORD}
        routes:
          - name: orders
            exchange: orders
            bindings: upstream
            capture: {type: quorum, max-length-bytes: 10GB}
            standby: {type: stream, ttl: 1h, max-length: 1000000, max-length-bytes: 5GB, hold: 24h}
            replay: {window: watermark, rate: 20000}
            accept-routing-change: false
        shovels:
          - name: audit
            source: {site: dc1, queue: audit}
            destination: {site: dc2, exchange: audit, routing-key: k}
            ack-mode: on-confirm
            prefetch-count: 1000
        federation: []
        health: {interval: 5s, timeout: 5s}
        api: {listen: "127.0.0.1:8470"}

        """

    /// The sample with one line replaced; indentation is kept.
    static func replacing(line: Int, with replacement: String) -> String {
        var lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let indentation = String(lines[line - 1].prefix { $0 == " " })
        lines[line - 1] = replacement.split(separator: "\n", omittingEmptySubsequences: false)
            .map { indentation + $0 }.joined(separator: "\n")
        return lines.joined(separator: "\n")
    }

    static func parse(_ text: String, file: String = "pair.yaml") throws(ConfigurationErrors) -> LoadedConfiguration {
        try PairConfiguration.parse(text, file: file, environment: Self.environment)
    }

    /// What is wrong with a text; empty if nothing is.
    static func problems(_ text: String) -> [ConfigurationProblem] {
        do {
            _ = try Self.parse(text)
            return []
        } catch {
            #expect(!error.problems.isEmpty, "refused without a reason: \(text)")
            return error.problems
        }
    }
}
