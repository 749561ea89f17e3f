// Verifies chains as Java's PKIX path builder does: `java Verify.java FOLDER SECONDS` prints a line for
// each subfolder, `NAME ok` or `NAME WHY`. Each holds chain.pem, leaf first, and anchor.pem.

import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.*;
import java.util.*;

public class Verify {
    static List<X509Certificate> read(File file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            List<X509Certificate> list = new ArrayList<>();
            for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                list.add((X509Certificate) c);
            }
            return list;
        }
    }

    static String verify(File folder, Date at) throws Exception {
        List<X509Certificate> chain = read(new File(folder, "chain.pem"));
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate c : read(new File(folder, "anchor.pem"))) {
            anchors.add(new TrustAnchor(c, null));
        }
        X509CertSelector target = new X509CertSelector();
        target.setCertificate(chain.get(0));
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
        parameters.setRevocationEnabled(false);
        parameters.setDate(at);
        parameters.setMaxPathLength(20);
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(chain)));
        try {
            CertPathBuilder.getInstance("PKIX").build(parameters);
            return "ok";
        } catch (CertPathBuilderException error) {
            Throwable cause = error;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return String.valueOf(cause.getMessage()).replace('\n', ' ');
        }
    }

    public static void main(String[] arguments) throws Exception {
        File[] folders = new File(arguments[0]).listFiles(File::isDirectory);
        Date at = new Date(Long.parseLong(arguments[1]) * 1000);
        for (File folder : folders) {
            System.out.println(folder.getName() + " " + verify(folder, at));
        }
    }
}
