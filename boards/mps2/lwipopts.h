/* SPDX-License-Identifier: Apache-2.0
 *
 * lwIP for one TLS connection in 64 KB of RAM: DHCP, DNS, IPv4, sockets. BOARD_LWIP_TEST is the flavour of
 * the tests (asserts and IPv6 on), BOARD_LWIP_RAW the one without sockets (NO_SYS) for
 * port/lwip/nosys_example.c.
 */
#ifndef BOARD_LWIPOPTS_H
#define BOARD_LWIPOPTS_H

/* newlib declares struct timeval too; including it here settles whose counts. */
#include <sys/time.h>
#define LWIP_TIMEVAL_PRIVATE 0

/* ---- Who calls lwIP ---- */

#ifdef BOARD_LWIP_RAW
#define NO_SYS 1
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#else
#define NO_SYS 0
#define LWIP_SOCKET 1
#define LWIP_NETCONN 1
#define LWIP_SOCKET_SELECT 1
#define LWIP_SOCKET_POLL 0
#define LWIP_COMPAT_SOCKETS 0
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_PROVIDE_ERRNO 1
#define LWIP_SO_SNDTIMEO 1
/* One thread does everything, see sys_arch.c: it needs both. */
#define LWIP_TCPIP_CORE_LOCKING 1
#define LWIP_TCPIP_CORE_LOCKING_INPUT 1
#define TCPIP_MBOX_SIZE 16
#define DEFAULT_TCP_RECVMBOX_SIZE 16
#define DEFAULT_UDP_RECVMBOX_SIZE 4
#define DEFAULT_ACCEPTMBOX_SIZE 1
#endif
#define SYS_LIGHTWEIGHT_PROT 0

/* ---- Protocols ---- */

#define LWIP_IPV4 1
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_ICMP 1
#define LWIP_ARP 1
#define LWIP_DHCP 1
#define LWIP_DNS 1
#define LWIP_RAW 0
#define LWIP_ACD 0
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_NETIF_LINK_CALLBACK 0
#define LWIP_NETIF_LOOPBACK 0
#define LWIP_HAVE_LOOPIF 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define ARP_QUEUEING 0
#define IP_OPTIONS_ALLOWED 0
#define LWIP_SINGLE_NETIF 1
#define LWIP_DHCP_GET_NTP_SRV 0
#define LWIP_BROADCAST_PING 0
#ifdef BOARD_LWIP_TEST
#define LWIP_IPV6 1
#define LWIP_IPV6_REASS 0
#define LWIP_IPV6_FRAG 0
#define LWIP_IPV6_AUTOCONFIG 1
#define LWIP_IPV6_DHCP6 0
#define LWIP_IPV6_MLD 0
#define LWIP_ICMP6 1
#define DNS_SERVER_PORT (board_dns_port)
#define LWIP_CHECKSUM_CTRL_PER_NETIF 0
extern unsigned short board_dns_port;
#else
#define LWIP_IPV6 0
#define LWIP_NOASSERT 1
#endif

/* ---- Memory: all of it static, what it takes stands in README.md ---- */

#define MEM_ALIGNMENT 4
#define MEM_SIZE (8 * 1024)
#define MEMP_NUM_NETCONN 2
#define MEMP_NUM_TCP_PCB 4
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 12
#define MEMP_NUM_UDP_PCB 3
#define MEMP_NUM_NETBUF 1
#define MEMP_NUM_PBUF 8
#define MEMP_NUM_TCPIP_MSG_INPKT 1
#define MEMP_NUM_TCPIP_MSG_API 1
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1) /* the link check is ours */
#define PBUF_POOL_SIZE 16
#define PBUF_POOL_BUFSIZE 608

/* The window stays below what the controller's receive FIFO holds (about 10 KB): during a handshake's
 * arithmetic nobody empties it. */
#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ 1

/* High-water marks of heap and pools, and nothing else. */
#define LWIP_STATS 1
#define LWIP_STATS_DISPLAY 0
#define MEM_STATS 1
#define MEMP_STATS 1
#define LINK_STATS 0
#define ETHARP_STATS 0
#define IP_STATS 0
#define IPFRAG_STATS 0
#define ICMP_STATS 0
#define UDP_STATS 0
#define TCP_STATS 0
#define SYS_STATS 0
#define IP6_STATS 0
#define ICMP6_STATS 0
#define IP6_FRAG_STATS 0
#define ND6_STATS 0
#define MLD6_STATS 0

#endif
