// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let nioBase = [nio("NIOCore"), nio("NIOPosix"), nio("NIOConcurrencyHelpers")]
let nioTLS = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// What everything that talks to a site is made of.
let brokerAccess: [Target.Dependency] = [
    "AMQP", "Transport", "TLSDiagnosis", "HTTPClient", "Management", "RopewayConfiguration",
]

func test(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + nioBase, exclude: exclude, swiftSettings: settings)
}

// Targets stand in the order in which they depend on each other; nothing imports upwards.
let package = Package(
    name: "ropeway",
    platforms: [.macOS(.v15)],
    products: [
        // With what the library's own types are made of: endpoints, TLS, waits, and why a connection does not come about.
        .library(name: "AMQP", targets: ["AMQP", "Transport", "TLSDiagnosis", "Files", "Notation", "Waiting"]),
        .library(
            name: "RabbitStream",
            targets: ["RabbitStream", "Transport", "TLSDiagnosis", "Files", "Notation", "Waiting"]
        ),
        .executable(name: "ropeway", targets: ["ropeway"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: ["FullFoundation"]),
    ],
    targets: [
        // How durations, hosts and ports are written. It depends on nothing.
        .target(name: "Notation", swiftSettings: settings),
        // A task that waits for one value, a value that several share, a thread for what blocks. It depends on nothing.
        .target(name: "Waiting", swiftSettings: settings),
        // The stable words of errors, for all targets that name one. It depends on nothing.
        .target(name: "ErrorCodes", swiftSettings: settings),
        // When what was planned is to happen, and what becomes of it: no clock, no socket, no task.
        .target(name: "Schedule", dependencies: ["ErrorCodes", "Notation"], swiftSettings: settings),
        // Which queues a message reaches that is published to an exchange. It depends on nothing.
        .target(name: "Routing", swiftSettings: settings),
        // Up to where the queues of a site have consumed: what is seen of them in, positions out. It depends on nothing.
        .target(name: "Consumption", swiftSettings: settings),
        // What a forced promotion would lose and repeat: what was seen in, ranges out. It depends on nothing.
        .target(name: "Forecast", swiftSettings: settings),
        // What an operator names in the file system.
        .target(name: "Files", swiftSettings: settings),
        // What TLS connections use, whoever makes them, and why they don't come about.
        .target(name: "TLSDiagnosis", swiftSettings: settings),
        // Not `Configuration`: Hummingbird brings swift-configuration, whose module has that name.
        .target(
            name: "RopewayConfiguration",
            dependencies: ["Schedule", "Files", "Notation", "TLSDiagnosis", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings
        ),
        .target(
            name: "Transport",
            dependencies: nioBase + ["Files", "Notation", "TLSDiagnosis", nio("NIOTLS"), nioTLS, logging],
            swiftSettings: settings
        ),
        .target(
            name: "AMQP",
            dependencies: nioBase + ["Notation", "Transport", "TLSDiagnosis", "Waiting", deque, logging],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        // What sub-batches of streams are compressed with: snappy and LZ4 beside the one that is looked for.
        .systemLibrary(
            name: "CCompression",
            pkgConfig: "libzstd",
            providers: [.apt(["libsnappy-dev", "liblz4-dev", "libzstd-dev"])]
        ),
        // RabbitMQ's stream protocol, the sister of AMQP.
        .target(
            name: "RabbitStream",
            dependencies: nioBase + [
                "CCompression", "CDeflate", "Notation", "Transport", "TLSDiagnosis", "Waiting", logging,
            ],
            swiftSettings: settings
        ),
        // The AMQP 1.0 messages that streams are made of, and RabbitMQ's mapping of AMQP 0-9-1 to them.
        .target(name: "MessageFormat", dependencies: ["AMQP", nio("NIOCore")], swiftSettings: settings),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "HTTPClient",
            dependencies: ["CCurl", "Notation", "TLSDiagnosis", "Waiting", logging],
            swiftSettings: settings
        ),
        .target(
            name: "Management",
            dependencies: ["HTTPClient", "Notation", "TLSDiagnosis", "Waiting", logging],
            swiftSettings: settings
        ),
        .target(name: "Topology", dependencies: ["Files", "Management", "HTTPClient"], swiftSettings: settings),
        // Commands and webhooks that are told of promotions. It knows neither brokers nor configuration.
        .target(
            name: "Hooks",
            dependencies: ["HTTPClient", "TLSDiagnosis", "Waiting", crypto],
            swiftSettings: settings
        ),
        .target(
            name: "Pump",
            dependencies: nioBase + [
                "AMQP", "MessageFormat", "Notation", "RabbitStream", "Transport", "Waiting", deque, logging,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Relay",
            dependencies: nioBase + brokerAccess + [
                "Consumption", "ErrorCodes", "Forecast", "MessageFormat", "Notation", "Pump", "RabbitStream", "Routing",
                "Waiting", logging,
            ],
            swiftSettings: settings
        ),
        // Decides and does nothing: no clock, no socket, no task, so that it is run in a simulation.
        .target(name: "Leadership", dependencies: ["ErrorCodes", "Notation"], swiftSettings: settings),
        // What the daemon and the command say to each other: requests, reports, errors.
        .target(
            name: "ControlModel",
            dependencies: ["ErrorCodes", "Schedule", "RopewayConfiguration"],
            swiftSettings: settings
        ),
        .target(
            name: "Failover",
            dependencies: nioBase + brokerAccess + [
                "Consumption", "ErrorCodes", "Forecast", "Notation", "ControlModel", "Schedule", "Hooks", "Leadership",
                "Pump", "RabbitStream", "Relay", "Routing", "Topology", "Waiting", logging,
            ],
            swiftSettings: settings
        ),
        // From two addresses to a proposal, a configuration and what stands in the way.
        .target(
            name: "Pairing",
            dependencies: brokerAccess + ["ErrorCodes", "ControlModel", "Leadership", "Failover", "Relay", "Topology"],
            swiftSettings: settings
        ),
        // From a report of a pair to Prometheus' text format.
        .target(name: "Monitoring", dependencies: ["ErrorCodes", "ControlModel"], swiftSettings: settings),
        .target(
            name: "ControlAPI",
            dependencies: nioBase + [
                "ErrorCodes", "Notation", "ControlModel", "Monitoring", "RopewayConfiguration", deque, hummingbird,
                lifecycle, logging,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ropeway",
            dependencies: [
                "ErrorCodes", "Notation", "ControlAPI", "ControlModel", "Pairing", "Failover", "Relay", "HTTPClient",
                "Management",
                "RopewayConfiguration", "TLSDiagnosis", "Topology",
                arguments, lifecycle, logging,
            ],
            swiftSettings: settings
        ),

        // The applications of the example: publishers and consumers that keep account of every message.
        .executableTarget(
            name: "two-datacenters-orders",
            dependencies: nioBase + ["AMQP", "RabbitStream", "Transport", arguments],
            path: "Examples/two-datacenters/Orders",
            swiftSettings: settings
        ),

        // The worker of the example that drops repeats.
        .executableTarget(
            name: "duplicate-tolerant-worker",
            dependencies: nioBase + ["AMQP", "RabbitStream", "Transport", arguments],
            path: "Examples/duplicate-tolerant-consumer/Worker",
            swiftSettings: settings
        ),

        // The program of the library's article "Build a worker".
        .executableTarget(
            name: "amqp-worker",
            dependencies: nioBase + [
                "AMQP", "Transport", arguments,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Examples/amqp-worker/Worker",
            swiftSettings: settings
        ),

        // Publishes and consumes for the benchmarks.
        .executableTarget(
            name: "benchmark-load",
            dependencies: nioBase + [
                "AMQP", "RabbitStream", "Transport", "MessageFormat", "Pump", "Relay", "RopewayConfiguration",
                "BrokerHarness", arguments,
            ],
            path: "Benchmarks/Load",
            swiftSettings: settings
        ),

        .target(name: "SeededRandomness", path: "Tests/SeededRandomness", swiftSettings: settings),
        // A broker whose every byte a test writes.
        .target(
            name: "PeerHarness",
            dependencies: nioBase + ["AMQP", "Transport", nio("NIOEmbedded")],
            path: "Tests/PeerHarness",
            swiftSettings: settings
        ),
        .target(name: "BrokerHarness", dependencies: nioBase, path: "Tests/BrokerHarness", swiftSettings: settings),
        .target(
            name: "RopewayHarness",
            dependencies: nioBase + ["BrokerHarness", "AMQP", "Transport"],
            path: "Tests/RopewayHarness",
            swiftSettings: settings
        ),
        // A pump between two nodes.
        .target(
            name: "PumpHarness",
            dependencies: nioBase + ["Pump", "AMQP", "Transport", "BrokerHarness", logging],
            path: "Tests/PumpHarness",
            swiftSettings: settings
        ),
        .target(
            name: "Fuzzing",
            dependencies: nioBase + [
                "AMQP", "MessageFormat", "RabbitStream", "Transport", "Pump", "Relay", "Failover",
                "RopewayConfiguration",
                nio("NIOEmbedded"),
            ],
            path: "Tests/Fuzzing",
            exclude: ["Corpus"],
            swiftSettings: settings
        ),
        .target(
            name: "LeadershipSimulation",
            dependencies: nioBase + ["ErrorCodes", "Leadership", "Pump", "AMQP", "SeededRandomness"],
            path: "Tests/LeadershipSimulation",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "leadership-simulator",
            dependencies: ["LeadershipSimulation"],
            path: "Tests/LeadershipSimulator",
            swiftSettings: settings
        ),
        .target(name: "HTTPHarness", path: "Tests/HTTPHarness", swiftSettings: settings),
        .target(name: "CertificateHarness", path: "Tests/CertificateHarness", swiftSettings: settings),
        .target(
            name: "TLSHarness",
            dependencies: nioBase + ["CertificateHarness", "BrokerHarness", "RopewayHarness"],
            path: "Tests/TLSHarness",
            swiftSettings: settings
        ),
        test("NotationTests", ["Notation"]),
        .testTarget(name: "WaitingTests", dependencies: ["Waiting"], swiftSettings: settings),
        test("ScheduleTests", ["ErrorCodes", "Schedule", "SeededRandomness"]),
        test("RoutingTests", ["Routing", "SeededRandomness"]),
        .testTarget(name: "ForecastTests", dependencies: ["Forecast", "SeededRandomness"], swiftSettings: settings),
        .testTarget(
            name: "ConsumptionTests",
            dependencies: ["Consumption", "SeededRandomness"],
            swiftSettings: settings
        ),
        test("BrokerHarnessTests", ["BrokerHarness"]),
        test(
            "PairingTests",
            brokerAccess + ["ErrorCodes", "Leadership", "Pairing", "ControlModel", "Failover", "Relay", "Topology"]
        ),
        test("RopewayConfigurationTests", ["RopewayConfiguration", "TLSDiagnosis", "Schedule"]),
        test("TLSDiagnosisTests", ["TLSDiagnosis"]),
        test("TransportTests", ["Transport", "TLSDiagnosis", "CertificateHarness", "SeededRandomness", nioTLS]),
        test(
            "AMQPTests",
            ["AMQP", "Transport", "Waiting", "PeerHarness", "SeededRandomness", nio("NIOEmbedded"), logging]
        ),
        test("AMQPIntegrationTests", ["AMQP", "Transport", "BrokerHarness", deque]),
        test(
            "ForeignClientIntegrationTests",
            ["AMQP", "RopewayHarness", "BrokerHarness"],
            exclude: ["pika_peer.py"]
        ),
        test(
            "RabbitStreamTests",
            ["RabbitStream", "CCompression", "CDeflate", "Transport", nio("NIOEmbedded"), logging]
        ),
        test("RabbitStreamIntegrationTests", ["RabbitStream", "AMQP", "Transport", "BrokerHarness", "TLSHarness"]),
        // Messages at random, into entries and back.
        .target(
            name: "MessageFormatHarness",
            dependencies: ["AMQP", "MessageFormat", "SeededRandomness", nio("NIOCore")],
            path: "Tests/MessageFormatHarness",
            swiftSettings: settings
        ),
        test("MessageFormatTests", ["MessageFormat", "MessageFormatHarness", "AMQP", "SeededRandomness"]),
        test(
            "MessageFormatIntegrationTests",
            [
                "MessageFormat", "MessageFormatHarness", "RabbitStream", "AMQP", "Transport", "RopewayHarness",
                "BrokerHarness",
            ]
        ),
        test("HTTPClientTests", ["HTTPClient", "TLSDiagnosis", "HTTPHarness"]),
        test("HooksTests", ["Hooks", "HTTPClient", "HTTPHarness", crypto]),
        test("ManagementTests", ["Management", "HTTPClient"]),
        test("ManagementIntegrationTests", ["Management", "HTTPClient", "BrokerHarness"]),
        test("TopologyTests", ["Topology", "Management", "HTTPClient"]),
        test("FuzzingTests", ["Fuzzing"]),
        test("AMQPFaultTests", ["AMQP", "Transport", "BrokerHarness"]),
        test(
            "PumpTests",
            [
                "Pump", "AMQP", "MessageFormat", "RabbitStream", "Transport", "Waiting", "Fuzzing", "PeerHarness",
                "SeededRandomness",
                logging,
                nio("NIOEmbedded"),
            ]
        ),
        test("PumpIntegrationTests", ["Pump", "AMQP", "Transport", "PumpHarness", "BrokerHarness", logging]),
        test("PumpFaultTests", ["Pump", "AMQP", "Transport", "PumpHarness", "BrokerHarness", logging]),
        .target(
            name: "RelayHarness",
            dependencies: nioBase + brokerAccess + ["Relay", "BrokerHarness"],
            path: "Tests/RelayHarness",
            swiftSettings: settings
        ),
        test(
            "RelayTests",
            ["ErrorCodes", "RelayHarness", "Relay", "Consumption", "Routing", "Pump", "AMQP", "RopewayConfiguration"]
        ),
        test(
            "RelayIntegrationTests",
            brokerAccess + [
                "Relay", "Routing", "Pump", "BrokerHarness", "RelayHarness", "SeededRandomness", logging,
            ]
        ),
        test("LeadershipTests", ["ErrorCodes", "Leadership", "LeadershipSimulation"]),
        test(
            "FailoverTests",
            brokerAccess + [
                "Consumption", "ErrorCodes", "Hooks", "Leadership", "ControlModel", "Failover", "MessageFormat",
                "MessageFormatHarness", "Pump", "Relay", "SeededRandomness", "Topology", logging,
            ]
        ),
        test(
            "FailoverIntegrationTests",
            brokerAccess + [
                "ErrorCodes", "Leadership", "ControlModel", "Failover", "Pump", "Relay", "BrokerHarness",
                "RelayHarness",
                logging,
            ]
        ),
        test(
            "PromotionIntegrationTests",
            ["RopewayHarness", "BrokerHarness", "HTTPHarness", "AMQP", "Transport"]
        ),
        test("MonitoringIntegrationTests", ["RopewayHarness", "BrokerHarness", "AMQP", "Transport"]),
        test("TopologyIntegrationTests", ["RopewayHarness", "BrokerHarness", "AMQP"]),
        test("PairingIntegrationTests", ["RopewayHarness", "BrokerHarness", "AMQP"]),
        test("ShovelIntegrationTests", ["RopewayHarness", "BrokerHarness", "AMQP", "RabbitStream", "Transport"]),
        test(
            "TLSIntegrationTests",
            brokerAccess + ["Relay", "TLSDiagnosis", "TLSHarness", "RopewayHarness", "BrokerHarness"]
        ),
        test(
            "PromotionFaultTests",
            ["RopewayHarness", "BrokerHarness", "SeededRandomness", "AMQP", "RabbitStream", "Transport"]
        ),
        test("FilesTests", ["Files"]),
        test("MonitoringTests", ["ErrorCodes", "ControlModel", "Monitoring"]),
        test(
            "ControlAPITests",
            [
                "ErrorCodes", "ControlAPI", "ControlModel", "HTTPClient", "HTTPHarness", "RopewayConfiguration",
                hummingbird,
                logging, nio("NIOEmbedded"),
            ]
        ),
        test(
            "CommandTests",
            [
                "ropeway", "ErrorCodes", "ControlModel", "Failover", "RopewayConfiguration", "HTTPClient", "Topology",
                "Management",
                "Leadership",
            ]
        ),
    ]
)

// The driver of the fuzz targets links libFuzzer, which has a `main` of its own: only `Scripts/fuzz` asks for it.
if Context.environment["ROPEWAY_FUZZER"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzzer",
            dependencies: ["Fuzzing"],
            path: "Tests/Fuzzer",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]
        )
    )
}
