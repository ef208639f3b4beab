import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Another user of this machine, in whose name root can do things.
enum OtherUser {
    /// Whom most systems call nobody.
    static let id: uid_t = 65_534

    /// The number of the system call `setresuid`; `nil` where threads can't be of different users.
    private static let setUser: Int? = {
        #if os(Linux) && arch(x86_64)
            117
        #elseif os(Linux) && arch(arm64)
            147
        #else
            nil
        #endif
    }()

    /// Whether this process may do it.
    static var isPossible: Bool { geteuid() == 0 && Self.setUser != nil }

    /// Runs something in the other user's name, on a thread of its own: to the kernel, users belong to threads.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                Self.become(Self.id)
                let result = body()
                Self.become(0)
                continuation.resume(returning: result)
            }
        }
    }

    /// Changes this thread's effective user. The C library's function would change it for all threads.
    private static func become(_ user: uid_t) {
        typealias Call = @convention(c) (Int, Int, Int, Int) -> Int
        guard let number = Self.setUser, let symbol = dlsym(nil, "syscall") else { return }
        _ = unsafeBitCast(symbol, to: Call.self)(number, -1, Int(user), -1)
    }
}
