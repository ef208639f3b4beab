import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Starts a program: in a process group of its own, with no signal blocked or ignored.
struct CommandSpawn {
    /// One at a time: the pipes of another must not be inherited, or that one would never see the end of its input.
    private static let turn = Mutex(())

    /// Why it could not be started.
    struct Failure: Error {
        let reason: String

        init(_ code: Int32, _ what: String) { reason = "\(what): \(String(cString: strerror(code)))" }
    }

    private let command: Command

    init(_ command: Command) { self.command = command }

    /// - Returns: the process, which is also the number of its group, and our ends of its streams.
    func start() throws(Failure) -> (process: pid_t, streams: CommandStreams) {
        try Self.turn.withLock { (_) throws(Failure) in try startAlone() }
    }

    private func startAlone() throws(Failure) -> (process: pid_t, streams: CommandStreams) {
        let input = try pipe()
        let output: Pipe
        let errors: Pipe
        do throws(Failure) {
            output = try pipe()
        } catch {
            input.close()
            throw error
        }
        do throws(Failure) {
            errors = try pipe()
        } catch {
            input.close()
            output.close()
            throw error
        }
        let (code, process) = spawn(input: input.reading, output: output.writing, errors: errors.writing)
        for descriptor in [input.reading, output.writing, errors.writing] { close(descriptor) }
        var streams = CommandStreams(input: input.writing, output: output.reading, errors: errors.reading)
        guard code == 0 else {
            streams.close()
            throw Failure(code, "'\(command.path)'")
        }
        // Only our ends: the program's own would surprise it.
        for descriptor in [input.writing, output.reading, errors.reading] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
        return (process, streams)
    }

    private struct Pipe {
        let reading: Int32
        let writing: Int32

        func close() {
            #if canImport(Darwin)
                for descriptor in [reading, writing] { _ = Darwin.close(descriptor) }
            #elseif canImport(Musl)
                for descriptor in [reading, writing] { _ = Musl.close(descriptor) }
            #else
                for descriptor in [reading, writing] { _ = Glibc.close(descriptor) }
            #endif
        }
    }

    private func pipe() throws(Failure) -> Pipe {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
            let result = Darwin.pipe(&ends)
        #elseif canImport(Musl)
            let result = Musl.pipe(&ends)
        #else
            let result = Glibc.pipe(&ends)
        #endif
        guard result == 0 else { throw Failure(errno, "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return Pipe(reading: ends[0], writing: ends[1])
    }

    #if canImport(Glibc)
        private typealias CloseFrom =
            @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

        /// `posix_spawn_file_actions_addclosefrom_np`, which glibc has from 2.34 on, and declares for GNU sources only.
        private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
            unsafeBitCast($0, to: CloseFrom.self)
        }
    #endif

    private func spawn(input: Int32, output: Int32, errors: Int32) -> (code: Int32, process: pid_t) {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        // Not every library marks its sockets as close-on-exec. A hook that outlives this process would keep the API's
        // port taken, and its connections open.
        #if canImport(Glibc)
            _ = Self.closeFrom?(&actions, STDERR_FILENO + 1)
        #endif
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var argv = ([command.path] + command.arguments).map { strdup($0) } + [nil]
        var envp = command.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var process = pid_t()
        let code = posix_spawn(&process, command.path, &actions, &attributes, &argv, &envp)
        return (code, process)
    }
}
