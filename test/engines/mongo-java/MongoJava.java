import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** A MongoDB server in memory, on loopback: PORT */
public final class MongoJava {
    /** The driver asks for wire version 9 or later; the commands that it then sends are ones that this server knows. */
    private static final MongoVersion VERSION = new MongoVersion() {
        public List<Integer> getVersionArray() {
            return List.of(6, 0, 0);
        }

        public int getWireVersion() {
            return 17;
        }
    };

    public static void main(String[] args) {
        Lifeline.hold(args[0], () -> {
            MemoryBackend backend = new MemoryBackend();
            backend.version(VERSION);
            MongoServer server = new MongoServer(backend);
            server.bind("127.0.0.1", Integer.parseInt(args[0]));
            return server::shutdownNow;
        });
    }
}
