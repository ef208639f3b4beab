// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

// Targets stand in the order in which they depend on each other; nothing imports upwards.
let package = Package(
    name: "ropeway",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "AMQP", targets: ["AMQP"]),
        .executable(name: "ropeway", targets: ["ropeway"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: ["FullFoundation"]),
    ],
    targets: [
        // Not `Configuration`: Hummingbird brings swift-configuration, whose module has that name.
        .target(
            name: "RopewayConfiguration",
            dependencies: [.product(name: "Yams", package: "Yams")],
            swiftSettings: settings
        ),
        .target(
            name: "Transport",
            dependencies: [nio("NIOCore"), nio("NIOPosix"), nio("NIOTLS"), .product(name: "NIOSSL", package: "swift-nio-ssl")],
            swiftSettings: settings
        ),
        .target(
            name: "AMQP",
            dependencies: ["Transport", nio("NIOCore"), nio("NIOPosix"), collections],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "HTTPClient", dependencies: ["CCurl"], swiftSettings: settings),
        .target(name: "Management", dependencies: ["HTTPClient"], swiftSettings: settings),
        .target(
            name: "Pump",
            dependencies: ["AMQP", "Transport", nio("NIOCore"), nio("NIOPosix"), collections, logging],
            swiftSettings: settings
        ),
        .target(
            name: "Relay",
            dependencies: ["Pump", "Management", "RopewayConfiguration", logging],
            swiftSettings: settings
        ),
        .target(name: "Recovery", dependencies: ["Relay", logging], swiftSettings: settings),
        .target(
            name: "Console",
            dependencies: [
                "Recovery",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                logging,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ropeway",
            dependencies: [
                "Console", "HTTPClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                logging,
            ],
            swiftSettings: settings
        ),
    ]
)
