import RopewayConfiguration
import TLSDiagnosis
import Testing

@Suite("TLS settings of a site")
struct TLSSettingsTests {
    private static func text(_ tls: String) -> String {
        Sample.replacing(line: 11, with: "password: {env: DC1_PASSWORD}\ntls: \(tls)")
    }

    @Test("given an oldest version, quoted or not, or none, when it is read, then it is that, or 1.2")
    func minimumVersion() throws {
        for text in ["1.3", "\"1.3\""] {
            let pair = try Sample.parse(Self.text("{minimum-version: \(text)}")).configuration
            #expect(pair.firstSite.tls.minimumVersion == .tls13)
        }
        #expect(try Sample.parse(Self.text("{server-name: a}")).configuration.firstSite.tls.minimumVersion == .tls12)
    }

    @Test(
        "given settings that can't be right, when they are read, then the key is named",
        arguments: [
            ("{minimum-version: 1.1}", "minimum-version", "1.2, 1.3"),
            ("{minimum-version: [1.2]}", "minimum-version", "1.2, 1.3"),
            ("{server-name: 10.0.0.1}", "server-name", "is an address"),
            ("{server-name: a b}", "server-name", "not a host name"),
        ]
    )
    func wrong(tls: String, key: String, says: String) {
        let problems = Sample.problems(Self.text(tls))
        #expect(problems.map(\.key) == ["sites.dc1.tls.\(key)"])
        #expect(problems.first?.message.contains(says) == true, "\(problems)")
    }

    @Test("names the listeners of other machines that get a password without TLS, and no others")
    func unencrypted() throws {
        let text = Sample.replacing(line: 5, with: #"amqp: [amqp://10.0.0.1:5672, amqps://10.0.0.2, "amqp://[::1]"]"#)
        let sites = try PairConfiguration.parse(text, file: "r.yaml", environment: Sample.environment).configuration
            .sites
        let found = sites.map { $0.unencryptedPasswordEndpoints.map { "\($0.host):\($0.port)" } }
        #expect(found == [["10.0.0.1:5672"], []])
    }

    @Test("given a check of files, when it finds something, then it is told at the key and line of the file")
    func fileCheck() throws {
        let check: TLSFileFinding.Check = { settings in
            settings.certificateAuthorityPath == nil
                ? [] : [TLSFileFinding(key: "ca", message: "is empty", hint: "fill it")]
        }
        do {
            _ = try PairConfiguration.parse(
                Self.text("{ca: /etc/passwd}"),
                file: "r.yaml",
                environment: Sample.environment,
                checkingTLSFiles: check
            )
            Issue.record("nothing was found")
        } catch {
            #expect(error.problems.map(\.description) == ["r.yaml:12: sites.dc1.tls.ca: is empty; fill it"])
        }
        // A command that only asks a daemon needs no files.
        _ = try PairConfiguration.parse(
            Self.text("{ca: /etc/passwd}"),
            file: "r.yaml",
            environment: Sample.environment,
            checkingReferences: false,
            checkingTLSFiles: check
        )
    }
}
