// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.Regex.any;
import static io.gatewaykit.waf.internal.rules.Regex.words;
import static io.gatewaykit.waf.internal.rules.RuleShapes.SPECIFIC;
import static io.gatewaykit.waf.internal.rules.RuleShapes.rule;
import static io.gatewaykit.waf.rule.RuleFamily.SCANNER;
import static io.gatewaykit.waf.rule.Target.HEADER;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import java.util.List;

/**
 * Scanners, identified by names in header fields. {@link ProbeRules} covers the paths that they
 * request.
 */
final class ScannerRules {
  private static final String AGENT =
      any(
          words(
              """
              absinthe acunetix afrog amass appscan aquatone arachni arjun bbqsql blackwidow
              brutus bsqlbf burp(?:suite|collaborator)? burpbounty cariddi censysinspect cgichk
              cmseek cmsmap commix core-project corsy crlfuzz dalfox datacha0s dav\\.pm
              detectify dirb(?:uster)? dirmap dirsearch dnsx droopescan drupwn eyewitness
              feroxbuster ffuf fhscan fimap fscan ghauri gobuster goby golismero gootkit
              gospider gowitness grabber grendel(?:-scan)? hakrawler havij hawkscan httprobe
              hydra insightappsec interactsh internet-structure-research\\w* invicti jaeles
              jexboss joomlavs joomscan jorgee jsql katana kiterunner l9explore l9tcpid leakix
              log4j-scan masscan metasploit morfeus mozlila mysqloit n-stealth naabu nessus
              netlab360 netsparker nexpose nikto nmap nosqlmap nsauditor nuclei openvas\\w*
              owasp pangolin paramspider paros patator pocsuite\\d? probely prog\\.customcrawler
              projectdiscovery qualys\\w* r00ts3c ratproxy rondo(?:shell|worm) rustbuster
              rustscan s\\.t\\.a\\.l\\.k\\.e\\.r skipfish sn1per spipe sqldict sqlmap sqlninja
              sslscan sslyze ssrfmap stackhawk struts-pwn subfinder sysscan tenable testssl tlsx
              tplmap trivy tsunami\\w* uniscan vbscan vega/\\d vulmap vulners w3af wapiti watobo
              webinspect webscarab websecurify webshag wfuzz whatwaf whatweb whcc whisker wikto
              wpscan wpseku xray xspear xsscon xsser xsstrike yakit zap(?:/\\d[\\w.]*)?$ zaproxy
              zgrab zmap zmeu zollard
              """),
          "httpx - open",
          "security scan",
          "toata dragostea",
          "vulnerability scan\\w*",
          "webster pro");

  private ScannerRules() {}

  static List<Rule> rules() {
    return List.of(
        rule("scanner-agent", SCANNER)
            .score(SPECIFIC)
            .message("A scanner's User-Agent")
            .provenance("The scanners' own documentation and defaults")
            .when(
                Condition.on(
                        HEADER.named("user-agent"),
                        HEADER.named("from"),
                        HEADER.named("referer"),
                        HEADER.named("x-scan*"))
                    .matches(
                        any(
                            "(?:^|[^\\w.@/-])" + AGENT + "\\b",
                            "fuzz faster u fool",
                            "internet-structure-research",
                            "\\bsf/\\d",
                            "\\bowasp zap",
                            "\\(\\) ?\\{",
                            "^(?:sql|bsql|w3af)",
                            // Descriptions of their purpose, under any name.
                            "\\b(?:vuln(?:erabilit(?:y|ies))?|security|web ?app|xss|sqli?|lfi|rce|port|exploit|cve|"
                                + "log4j|shellshock|struts|jndi)[ _/-]?(?:scan(?:ner|ning)?|fuzz(?:er|ing)?|check(?:er)?|"
                                + "detect(?:or|ion)?|test(?:er|ing)?|finder|hunter)\\b",
                            "\\b(?:fuzz(?:er|ing)|pentest\\w*|brute-?force\\w*|exploit(?:er|s|ation)?)\\b",
                            "\\bcve-?\\d{4}-?\\d{3,}",
                            "\\.(?:nasl|nse)\\b",
                            "^[\\w-]{2,40}\\.(?:py|pl|rb|sh|ps1)$",
                            "^(?:hello,? ?world|test(?:ing)?|mozila|masjesu|scanner|fuzz|evil|attack\\w*|hack\\w*)\\b.{0,12}$")))
            .build(),
        rule("scanner-agent-header", SCANNER)
            .score(SPECIFIC)
            .message("A header field that only a scanner sends")
            .provenance("Acunetix, Netsparker, Arachni, IBM AppScan and Nessus documentation")
            .when(
                Condition.on(
                        HEADER.named("acunetix*"),
                        HEADER.named("x-scanner"),
                        HEADER.named("x-wipp"),
                        HEADER.named("x-ratproxy-loop"),
                        HEADER.named("x-wvs-id"),
                        HEADER.named("x-bug-bounty*"))
                    .matches("^"))
            .build(),
        rule("scanner-library-weak", SCANNER)
            .message("The User-Agent of a library or command-line tool")
            .provenance("Defaults of the libraries")
            .paranoia(3)
            .severity(Severity.NOTICE)
            .when(
                Condition.on(HEADER.named("user-agent"))
                    .matches(
                        "^(?:curl|wget|python|go-http|java/|libwww|lwp|okhttp|axios|node|ruby|php|httpie|aiohttp|"
                            + "scrapy|mechanize|winhttp|guzzle|perl|postman|insomnia)"))
            .build());
  }
}
