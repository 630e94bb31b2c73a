import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.transport.Netty4Plugin;

/** One Elasticsearch node on loopback: PORT FOLDER [SETTING VALUE]… */
public final class Elasticsearch {
    /** The constructor that takes plugins from the class path is open to subclasses only. */
    private static final class LoopbackNode extends Node {
        LoopbackNode(Environment environment) {
            super(environment, List.of(Netty4Plugin.class), false);
        }
    }

    public static void main(String[] args) {
        Lifeline.hold(args[0], () -> {
            Settings.Builder settings = Settings.builder()
                .put("cluster.name", "loopback")
                .put("node.name", "node")
                .put("path.home", args[1])
                .put("network.host", "127.0.0.1")
                .put("http.port", args[0])
                .put("transport.port", "0")
                .put("discovery.type", "single-node")
                .put("transport.type", "netty4")
                .put("http.type", "netty4");
            for (int i = 2; i + 1 < args.length; i += 2) settings.put(args[i], args[i + 1]);
            // A node looks into these folders of its home, and fails where one is missing.
            for (String folder : List.of("config", "modules", "plugins", "lib")) {
                Files.createDirectories(Path.of(args[1], folder));
            }
            Path config = Path.of(args[1], "config");
            Node node = new LoopbackNode(
                InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), config, () -> "node"));
            node.start();
            return node;
        });
    }
}
