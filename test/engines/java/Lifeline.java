import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/** Keeps a server up for as long as somebody holds the other end of standard input, or until SIGTERM. */
final class Lifeline {
    /** Starts a server, which the result closes. */
    interface Server {
        AutoCloseable start() throws Exception;
    }

    private Lifeline() {
    }

    static void hold(String port, Server server) {
        // OpenSearch replaces System.out with a logger.
        PrintStream out = System.out;
        new Thread(Lifeline::exitWithInput).start();
        try {
            AutoCloseable running = server.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(running)));
            out.println("listening " + port);
        } catch (Throwable failure) {
            failure.printStackTrace();
            // Threads that the half-started server left behind would keep the process up.
            System.exit(1);
        }
    }

    private static void exitWithInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException closed) {
            // As good as its end.
        }
        System.exit(0);
    }

    private static void close(AutoCloseable running) {
        try {
            running.close();
        } catch (Exception failure) {
            failure.printStackTrace();
        }
    }
}
