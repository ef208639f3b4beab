import FoundationEssentials
import RopewayConfiguration
import Testing

@Suite("Secrets")
struct SecretTests {
    private static let password = "hunter2"

    @Test("given a password in the file, when it is read, then it is accepted, warned about and never shown")
    func literal() throws {
        let loaded = try Sample.parse(Sample.replacing(line: 11, with: "password: \(Self.password)"))
        #expect(loaded.warnings.map(\.key) == ["sites.dc1.password"])
        #expect(loaded.warnings.map(\.line) == [11])
        var dumped = ""
        dump(loaded, to: &dumped)
        for text in ["\(loaded)", String(reflecting: loaded), dumped, "\(loaded.warnings)"] {
            #expect(!text.contains(Self.password))
        }
        let source = try #require(loaded.configuration.firstSite.credentials?.password)
        #expect(try source.resolve(environment: [:]).exposed == Self.password)
    }

    @Test(
        "given a password in the wrong place or of the wrong type, when it is read, then no message repeats it",
        arguments: [
            "password: [hunter2]", "password: {hunter2}", "password: {hunter2: x}", "password: {hunter2, hunter2}",
            "password: {env: [hunter2]}", "password: {env: \"hunter2!\"}", "password: {env: {hunter2: a}}",
            "pasword: hunter2", "password: !secret hunter2", "password: \"hunter2\\0\"", "password: &hunter2 [a]",
            "password:\n  hunter2:\n    x", "password: \"hunter2", "password: hunter2: x", "password: @hunter2",
            "password: |\n hunter2\nx", "password: {\"hunt\\x65r2\": 1, \"hunt\\x65r2\": 2}",
            "password: {env: A}\namqp: [\"amqp://u:hunter2@h:1\"]",
            "password: {env: A}\nstream: [\"http://u:hunter2@h\", \"rabbitmq-stream://u:hunter2\"]",
            "password: {env: A}\nmanagement: [\"http://h/?password=hunter2\", \"http://u:hunter2\", \"x hunter2\"]",
            "admin: {username: a, password: [hunter2]}", "password: 0x41\nadmin: {password: {file: [hunter2]}}",
        ]
    )
    func neverInMessages(replacement: String) {
        let problems = Sample.problems(Sample.replacing(line: 11, with: replacement))
        #expect(!problems.isEmpty)
        #expect(!"\(ConfigurationErrors(problems: problems))".contains(Self.password), "\(problems)")
    }

    @Test("given a numeric password, when it is read, then the message asks for quotes and does not repeat it")
    func numeric() {
        let problems = Sample.problems(Sample.replacing(line: 11, with: "password: 90210"))
        #expect(problems.map(\.key) == ["sites.dc1.password"])
        #expect(!"\(problems)".contains("90210"))
    }

    @Test("given a secret's file, when it changes, then it is read again, without its line break")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ropeway-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let source = SecretSource.file(path)

        #expect(throws: SecretError.self) { try source.resolve(environment: [:]) }
        for (content, expected) in [
            ("one\n", "one"), ("two\r\n", "two"), ("three", "three"), (" four \n\n", " four \n"),
        ] {
            try Data(content.utf8).write(to: URL(filePath: path))
            #expect(try source.resolve(environment: [:]).exposed == expected)
        }
        for bytes in [Array("\n".utf8), [], [0xFF, 0xFE], [0x61, 0x00], Array(repeating: 0x61, count: 70_000)] {
            try Data(bytes).write(to: URL(filePath: path))
            let error = #expect(throws: SecretError.self) { try source.resolve(environment: [:]) }
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test("given a folder instead of a file, when it is read, then it is an error")
    func folder() {
        #expect(throws: SecretError.self) { try SecretSource.file("/").resolve(environment: [:]) }
    }
}
