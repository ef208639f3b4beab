import Foundation
import Management
import RopewayConfiguration
import Testing

@testable import Pairing

@Suite("How a site is named on the command line")
struct SiteAddressTests {
    @Test(
        "Given an AMQP address, when read, then user and virtual host are taken from it and the management is guessed"
    )
    func amqp() throws {
        let address = try SiteAddress(
            name: "dc1",
            uris: ["amqp://shop@one.example/%2Forders", "amqp://shop@two.example:5673/%2Forders"]
        )
        #expect(address.amqp.map(\.description) == ["one.example:5672", "two.example:5673"])
        #expect(address.management.map(\.baseURL) == ["http://one.example:15672", "http://two.example:15672"])
        #expect(address.isManagementGuessed)
        #expect(address.virtualHost == "/orders")
        #expect(address.username == "shop")
    }

    @Test("Given a management address, when read, then nothing is guessed")
    func management() throws {
        let address = try SiteAddress(name: "dc1", uris: ["https://one.example:443/rabbit/api"], virtualHost: "v")
        #expect(address.management.map(\.baseURL) == ["https://one.example:443/rabbit"])
        #expect(!address.isManagementGuessed)
        #expect(address.amqp.isEmpty)
        #expect(address.virtualHost == "v")
    }

    @Test(
        "Given a password in an address, or what is none, when read, then it is refused without being repeated",
        arguments: [
            "amqp://shop:Secret1@one.example", "http://shop:Secret1@one.example:15672", "amqp://one.example?Secret1=1",
            "Secret1", "ftp://Secret1", "amqp://host:Secret1", "http://", "amqp://one.example/a/Secret1",
        ]
    )
    func refused(_ uri: String) {
        #expect {
            try SiteAddress(name: "dc1", uris: [uri])
        } throws: { error in
            !"\(error)".contains("Secret1") && error is SiteAddress.Problem
        }
    }

    @Test("Given two virtual hosts or users, when read, then that is refused")
    func contradictions() {
        #expect(throws: SiteAddress.Problem.self) { try SiteAddress(name: "a", uris: ["amqp://h/x", "amqp://i/y"]) }
        #expect(throws: SiteAddress.Problem.self) { try SiteAddress(name: "a", uris: ["amqp://u@h", "amqp://v@i"]) }
        #expect(throws: SiteAddress.Problem.self) { try SiteAddress(name: "a", uris: []) }
    }

    /// What a cluster of nodes tells of its listeners: a protocol and a port each.
    private func overview(_ nodes: [String: [(String, Int)]]) throws -> Overview {
        let listeners = nodes.flatMap { node, ports in
            ports.map { #"{"node":"\#(node)","protocol":"\#($0.0)","ip_address":"::","port":\#($0.1)}"# }
        }
        let text =
            #"{"rabbitmq_version":"4.0.5","node":"a","cluster_name":"c","listeners":[\#(listeners.joined(separator: ","))]}"#
        return try JSONDecoder().decode(Overview.self, from: Data(text.utf8))
    }

    @Test("Given nodes with the same ports, when a site has told of them, then each address has its stream listener")
    func streamListeners() throws {
        var address = try SiteAddress(name: "dc1", uris: ["amqp://one.example", "amqps://two.example"])
        let ports = [("amqp", 5672), ("amqp/ssl", 5671), ("stream", 5552), ("stream/ssl", 5551), ("http", 15672)]
        #expect(address.complete(by: try self.overview(["a": ports, "b": ports])))
        #expect(address.amqp.map(\.description) == ["one.example:5672", "two.example:5671"])
        #expect(
            address.stream == [
                BrokerEndpoint(host: "one.example", port: 5552, usesTLS: false),
                BrokerEndpoint(host: "two.example", port: 5551, usesTLS: true),
            ]
        )
    }

    @Test("Given nodes on one host, when a site has told of them, then each address has its own node's stream listener")
    func streamListenersByPort() throws {
        var address = try SiteAddress(name: "dc1", uris: ["amqp://127.0.0.1:5673", "amqp://127.0.0.1:5674"])
        let nodes = [
            "a": [("amqp", 5673), ("stream", 6001)], "b": [("amqp", 5674), ("stream", 6002)], "c": [("amqp", 5675)],
        ]
        #expect(address.complete(by: try self.overview(nodes)))
        #expect(address.stream.map(\.port) == [6001, 6002])
    }

    @Test(
        "Given no stream listener, or one that can't be told where it is, when a site has told, then none is proposed",
        arguments: [
            ["a": [("amqp", 5672)]],
            // Encrypted AMQP alone is no reason to send messages in the clear.
            ["a": [("amqp", 5671), ("amqp/ssl", 5672), ("stream", 5552)]],
            // A load balancer's port, or a published one of a container.
            ["a": [("amqp", 7777), ("stream", 5552)]],
            ["a": [("amqp", 5672), ("stream", 5552)], "b": [("amqp", 5672), ("stream", 5553)]],
            ["a": [("amqp", 5672), ("stream", 5552)], "b": [("amqp", 5672)]],
        ] as [[String: [(String, Int)]]]
    )
    func noStreamListeners(_ nodes: [String: [(String, Int)]]) throws {
        let usesTLS = nodes["a"]?.contains { $0.0 == "amqp/ssl" } == true
        var address = try SiteAddress(name: "dc1", uris: ["\(usesTLS ? "amqps" : "amqp")://one.example:5672"])
        #expect(address.complete(by: try self.overview(nodes)))
        #expect(address.stream.isEmpty)
    }

    @Test("Given a management address alone, when a site has told, then both kinds of listeners are taken from it")
    func allListeners() throws {
        var address = try SiteAddress(name: "dc1", uris: ["http://[::1]:15672"])
        #expect(address.complete(by: try self.overview(["a": [("amqp", 5673), ("stream", 5553)]])))
        #expect(address.amqp.map(\.description) == ["[::1]:5673"])
        #expect(address.stream.map(\.description) == ["[::1]:5553"])
    }
}
