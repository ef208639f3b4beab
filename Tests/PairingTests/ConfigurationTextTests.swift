import RopewayConfiguration
import Testing

@testable import Pairing

@Suite("The configuration of a new pair")
struct ConfigurationTextTests {
    private func text(_ maker: SurveyMaker) throws -> String {
        let proposal = PairProposal(
            pair: "shop",
            active: try maker.survey(),
            standby: try SurveyMaker(name: "dc2").survey()
        )
        var first = try SiteAddress(name: "dc1", uris: ["amqp://ropeway@[::1]/a%2Fb", "http://[::1]:15672"])
        first.stream = [
            BrokerEndpoint(host: "::1", port: 5553, usesTLS: false),
            BrokerEndpoint(host: "broker.example", port: 5551, usesTLS: true),
        ]
        return ConfigurationText(
            proposal,
            active: "dc1",
            sites: [
                .init(
                    address: first,
                    username: "ropeway",
                    password: .environment("DC1_PASSWORD")
                ),
                .init(
                    address: try SiteAddress(name: "dc2", uris: ["amqps://broker.example"]),
                    username: "no",
                    password: .file("/etc/ropeway/dc 2"),
                    admin: ("admin", .environment("DC2_ADMIN"))
                ),
            ],
            listen: "127.0.0.1:8470"
        ).text
    }

    @Test(
        "Given an odd name, when written and read as a configuration, then the exchange is that one",
        arguments: [
            "orders", "a: b", "#", "\"quoted\" \\ 'x'", "ünïcode→", "- x", "yes", "0x10", "line\nbreak", "{a: b}", "%",
            "~",
            String(repeating: "ä", count: 127), "tab\tand\u{200B}zero width", "ends with colon:", "a #comment",
        ]
    )
    func names(_ name: String) throws {
        var maker = SurveyMaker()
        maker.exchange(name, "topic")
        maker.queue("q \u{85}\n: #")
        maker.bind(name, "q \u{85}\n: #")

        let loaded = try PairConfiguration.parse(try text(maker), file: "ropeway.yaml", checkingReferences: false)

        #expect(loaded.configuration.routes.map(\.exchange) == [name])
        #expect(loaded.configuration.name == "shop")
        #expect(loaded.configuration.firstSite.virtualHost == "a/b")
        #expect(loaded.configuration.firstSite.stream.map(\.description) == ["[::1]:5553", "broker.example:5551"])
        #expect(loaded.configuration.firstSite.stream.map(\.usesTLS) == [false, true])
        #expect(loaded.configuration.secondSite.stream.isEmpty)
        #expect(loaded.configuration.secondSite.credentials?.username == "no")
        #expect(loaded.configuration.secondSite.credentials?.password == .file("/etc/ropeway/dc 2"))
        #expect(loaded.configuration.secondSite.management.first?.baseURL == "https://broker.example:15671")
        #expect(loaded.warnings.isEmpty)
    }

    @Test("Given limits, when written and read, then they are the proposed ones, each with its reason before it")
    func limits() throws {
        var maker = SurveyMaker()
        maker.exchange("orders", "topic")
        maker.queue("forgotten", more: ["messages": 7])
        maker.bind("orders", "forgotten")

        let text = try text(maker)
        let route = try #require(
            try PairConfiguration.parse(text, file: "r.yaml", checkingReferences: false).configuration.routes.first
        )

        #expect(route.standby.timeToLive == .seconds(86_400))
        #expect(route.capture.maxLengthBytes == 10_000_000_000)
        #expect(text.contains("# queue forgotten holds 7 messages that nobody takes"))
    }
}
