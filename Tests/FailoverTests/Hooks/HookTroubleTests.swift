import ControlModel
import Foundation
import RopewayConfiguration
import Testing

@testable import Failover

@Suite("A hook that can't be run")
struct HookTroubleTests {
    private func hook(_ action: HookConfiguration.Action) -> HookConfiguration {
        HookConfiguration(name: "dns", occasions: [.afterPromotion], action: action, timeout: .seconds(5))
    }

    private func webhook(_ address: SecretSource, key: SecretSource? = nil, ca: String? = nil) -> HookConfiguration {
        hook(.webhook(.init(address: address, key: key, certificateAuthority: ca, retries: 0)))
    }

    @Test("is told of by what is wrong with its program")
    func commands() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "hook-\(UUID().uuidString)").path
        try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(HookTrouble.of(hook(.command(path: "/bin/sh", arguments: []))) == nil)
        let missing = try #require(HookTrouble.of(hook(.command(path: path + "x", arguments: []))))
        #expect(missing.message.contains("No such file"), "\(missing)")
        let folder = try #require(HookTrouble.of(hook(.command(path: "/tmp", arguments: []))))
        #expect(folder.message.contains("no file"), "\(folder)")
        let plain = try #require(HookTrouble.of(hook(.command(path: path, arguments: []))))
        #expect(plain.message.contains("Permission denied"), "\(plain)")
    }

    @Test("is told of by what its webhook refers to, and never shows an address")
    func webhooks() throws {
        let good = SecretSource.literal(Secret("https://hooks.example/x"))
        #expect(HookTrouble.of(webhook(good)) == nil)
        #expect(HookTrouble.of(webhook(.environment("ROPEWAY_NOT_SET")))?.message.contains("ROPEWAY_NOT_SET") == true)
        #expect(HookTrouble.of(webhook(good, key: .file("/nowhere/key")))?.message.contains("/nowhere/key") == true)
        #expect(HookTrouble.of(webhook(good, ca: "/nowhere/ca"))?.message.contains("/nowhere/ca") == true)
        let bad = try #require(HookTrouble.of(webhook(.literal(Secret("ftp://s3cret/")))))
        #expect(!"\(bad)".contains("s3cret"), "\(bad)")
    }

    @Test("gets no variable that holds a secret of the configuration")
    func variables() throws {
        let text = """
            pair: pair
            active: dc1
            sites:
              dc1: {amqp: [amqp://127.0.0.1], management: [http://127.0.0.1], username: a, password: {env: ONE}}
              dc2:
                amqp: [amqp://127.0.0.2]
                management: [http://127.0.0.2]
                username: a
                password: {file: /x}
                admin: {username: b, password: {env: TWO}}
            hooks: [{name: h, when: after-promotion, webhook: {env: THREE}, key: {env: FOUR}}]
            api: {token: {env: FIVE}}
            """
        let loaded = try PairConfiguration.parse(text, file: "test.yaml", checkingReferences: false)
        #expect(loaded.configuration.secretVariables == ["ONE", "TWO", "THREE", "FOUR", "FIVE"])
    }
}
