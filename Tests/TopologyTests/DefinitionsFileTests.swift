import Foundation
import Management
import Testing

@testable import Topology

@Suite("Files of definitions")
struct DefinitionsFileTests {
    private func file(_ text: String) throws(DefinitionsFileError) -> DefinitionsFile {
        try DefinitionsFile(Data(text.utf8), path: "d.json")
    }

    private func error(_ text: String, host: String = "/", users: Bool = false) -> DefinitionsFileError? {
        do {
            _ = try file(text).definitions(virtualHost: host, includesUsers: users)
            return nil
        } catch {
            return error
        }
    }

    @Test("The export of a virtual host of 3.10, which names its host in policies alone, goes for any host")
    func virtualHostOfOldVersion() throws {
        let definitions = try file(
            """
            {"rabbit_version":"3.10.8","parameters":[],"policies":[{"vhost":"t","name":"p","pattern":"^q","apply-to":"queues",
            "definition":{"max-length":5},"priority":2}],"queues":[{"name":"q","durable":true,"auto_delete":false,
            "arguments":{"x-queue-type":"quorum"}}],"exchanges":[{"name":"x","type":"topic","durable":false,
            "auto_delete":false,"internal":true,"arguments":{}}],"bindings":[{"source":"x","destination":"q",
            "destination_type":"queue","routing_key":"k","arguments":[]}]}
            """
        ).definitions(virtualHost: "other")
        #expect(definitions.origin.version == BrokerVersion(3, 10, 8))
        #expect(definitions.queues == [QueueDefinition(name: "q", type: "quorum")])
        #expect(
            definitions.exchanges == [ExchangeDefinition(name: "x", type: "topic", isDurable: false, isInternal: true)]
        )
        #expect(definitions.bindings == [BindingDefinition(source: "x", destination: "q", routingKey: "k")])
        #expect(definitions.policies.map(\.priority) == [2])
    }

    @Test("Of the export of a cluster, the objects of one virtual host are taken, and users where they are wanted")
    func cluster() throws {
        let text = """
            {"rabbitmq_version":"4.0.5","rabbitmq_definition_format":"cluster","vhosts":[{"name":"/"},{"name":"b"}],
            "users":[{"name":"shop","password_hash":"h","hashing_algorithm":"rabbit_password_hashing_sha512",
            "tags":"management,policymaker"},{"name":"two","password_hash":"","tags":["monitoring"]}],
            "permissions":[{"user":"shop","vhost":"/","configure":"","write":".*","read":".*"}],
            "topic_permissions":[{"user":"shop","vhost":"b","exchange":"x","write":"a","read":"b"}],
            "parameters":[{"vhost":"/","component":"operator_policy","name":"top","value":{"pattern":".*",
            "definition":{"max-length":1},"priority":1,"apply-to":"queues"}},{"vhost":"/","component":"shovel","name":"s",
            "value":{"src-uri":"amqp://u:secret@h"}}],
            "queues":[{"name":"one","vhost":"/","durable":true,"auto_delete":false,"arguments":{}},
            {"name":"two","vhost":"b","durable":true,"auto_delete":false,"arguments":{}}]}
            """
        let definitions = try file(text).definitions(virtualHost: "/", includesUsers: true)
        #expect(definitions.queues.map(\.name) == ["one"])
        #expect(definitions.operatorPolicies.map(\.name) == ["top"])
        #expect(definitions.access?.users.map(\.tags) == [["management", "policymaker"], ["monitoring"]])
        #expect(definitions.access?.permissions.map(\.user) == ["shop"])
        #expect(definitions.access?.topicPermissions == [])
        #expect(error(text, host: "c")?.reason == "has no virtual host 'c'")
    }

    @Test(
        "What is broken is told with its place",
        arguments: [
            ("", "", "is not JSON"), ("{\"queues\":[", "", "is not JSON"), ("[]", "", "not an object"),
            ("{\"a\":1}", "", "has none of exchanges"), ("{\"queues\":{}}", "queues", "must be a list"),
            ("{\"queues\":[7]}", "queues[0]", "must be an object"),
            ("{\"queues\":[{\"name\":\"a\"},{}]}", "queues[1].name", "is missing"),
            ("{\"queues\":[{\"name\":\"\"}]}", "queues[0].name", "is empty"),
            ("{\"queues\":[{\"name\":\"a\",\"durable\":\"yes\"}]}", "queues[0].durable", "must be true or false"),
            ("{\"queues\":[{\"name\":\"a\",\"arguments\":[1]}]}", "queues[0].arguments", "must be an object"),
            ("{\"queues\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", "queues", "holds 'a' twice"),
            ("{\"queues\":[{\"name\":\"a\\nb\"}]}", "queues[0].name", "has a line break"),
            ("{\"exchanges\":[{\"name\":\"a\"}]}", "exchanges[0].type", "is missing"),
            (
                "{\"bindings\":[{\"source\":\"x\",\"destination\":\"q\",\"destination_type\":\"topic\"}]}",
                "bindings[0].destination_type", "must be queue or exchange"
            ),
            (
                "{\"policies\":[{\"name\":\"p\",\"pattern\":\"\",\"priority\":1.5,\"definition\":{}}]}",
                "policies[0].priority",
                "must be a whole number"
            ),
        ]
    )
    func broken(_ text: String, _ place: String, _ reason: String) {
        let found = error(text)
        #expect(found?.place == place)
        #expect(found?.reason.contains(reason) == true, "\(String(describing: found))")
        #expect(found?.hint.isEmpty == false)
    }

    @Test("A name of more than 255 bytes is refused, one of 255 is not")
    func longNames() {
        #expect(error("{\"queues\":[{\"name\":\"\(String(repeating: "x", count: 255))\"}]}") == nil)
        let long = error("{\"queues\":[{\"name\":\"\(String(repeating: "ü", count: 128))\"}]}")
        #expect(long?.reason == "has 256 bytes, more than RabbitMQ takes")
    }

    @Test("Lists within lists without end are an error, and no crash")
    func deep() {
        let text = "{\"queues\":" + String(repeating: "[", count: 200_000)
        #expect(error(text)?.reason.contains("not JSON") == true)
    }

    @Test("Users of a file that has none, and a file that is not there, are errors that say what to do")
    func absent() {
        #expect(error("{\"queues\":[]}", users: true)?.hint.contains("--users") == true)
        #expect(throws: DefinitionsFileError.self) { try DefinitionsFile(path: "/no/such/file") }
    }

    @Test("A device without end is refused")
    func endless() {
        do {
            _ = try DefinitionsFile(path: "/dev/zero")
            Issue.record("read")
        } catch {
            #expect(error.reason == "can't be read: it is not a regular file")
        }
    }
}
