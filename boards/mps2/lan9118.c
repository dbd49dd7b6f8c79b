/* SPDX-License-Identifier: Apache-2.0
 *
 * The LAN9118: two FIFOs of words, and a MAC and a PHY behind indirect registers.
 */
#include "lan9118.h"

#include <string.h>

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/pbuf.h>

#include "mps2.h"

#define LAN(offset) REG(ETHERNET_BASE + (offset))
#define RX_DATA LAN(0x00)
#define TX_DATA LAN(0x20)
#define RX_STATUS LAN(0x40)
#define TX_STATUS LAN(0x48)
#define ID_REV LAN(0x50)
#define IRQ_CFG LAN(0x54)
#define INT_STS LAN(0x58)
#define INT_EN LAN(0x5C)
#define BYTE_TEST LAN(0x64)
#define FIFO_INT LAN(0x68)
#define RX_CFG LAN(0x6C)
#define TX_CFG LAN(0x70)
#define HW_CFG LAN(0x74)
#define RX_FIFO_INF LAN(0x7C)
#define TX_FIFO_INF LAN(0x80)
#define MAC_CSR_CMD LAN(0xA4)
#define MAC_CSR_DATA LAN(0xA8)

enum { MAC_CR = 1, MAC_ADDRH = 2, MAC_ADDRL = 3, MII_ACC = 6, MII_DATA = 7 };
enum { PHY_ADDRESS = 1, PHY_CONTROL = 0, PHY_STATUS = 1 };

#define MAC_BUSY 0x80000000u
#define MAC_READ 0x40000000u
#define MAC_FULL_DUPLEX (1u << 20)
#define MAC_ALL_MULTICAST (1u << 19)
#define MAC_TX_ON (1u << 3)
#define MAC_RX_ON (1u << 2)
#define MII_WRITE 2u
#define MII_BUSY 1u
#define PHY_AUTO_AND_RESTART 0x1200u
#define PHY_LINK_UP 0x0004u
#define RX_ERROR 0x8000u
#define INT_RX_LEVEL (1u << 3)
#define FRAME_MAX 1518u
#define CRC_SIZE 4u

static unsigned dropped;

/* ---- MAC and PHY ---- */

static void mac_write(uint32_t index, uint32_t value)
{
    MAC_CSR_DATA = value;
    MAC_CSR_CMD = MAC_BUSY | index;
    while (MAC_CSR_CMD & MAC_BUSY) {
    }
}

static uint32_t mac_read(uint32_t index)
{
    MAC_CSR_CMD = MAC_BUSY | MAC_READ | index;
    while (MAC_CSR_CMD & MAC_BUSY) {
    }
    return MAC_CSR_DATA;
}

static void phy_wait(void)
{
    while (mac_read(MII_ACC) & MII_BUSY) {
    }
}

static void phy_write(uint32_t index, uint32_t value)
{
    mac_write(MII_DATA, value);
    mac_write(MII_ACC, PHY_ADDRESS << 11 | index << 6 | MII_WRITE | MII_BUSY);
    phy_wait();
}

static uint32_t phy_read(uint32_t index)
{
    mac_write(MII_ACC, PHY_ADDRESS << 11 | index << 6 | MII_BUSY);
    phy_wait();
    return mac_read(MII_DATA);
}

/* The status bit keeps a link that was lost until it is read: the second reading is the present. */
static bool link_is_up(void)
{
    phy_read(PHY_STATUS);
    return (phy_read(PHY_STATUS) & PHY_LINK_UP) != 0;
}

void lan9118_check_link(struct netif *netif)
{
    bool up = link_is_up();

    if (up && !netif_is_link_up(netif)) {
        netif_set_link_up(netif);
    } else if (!up && netif_is_link_up(netif)) {
        netif_set_link_down(netif);
    }
}

/* ---- Frames ---- */

static void drop_tx_status(void)
{
    while ((TX_FIFO_INF >> 16) & 0xFFu) {
        (void)TX_STATUS;
    }
}

/* One copy, since the FIFO takes whole words and a chain of pbufs has borders anywhere. */
static err_t send_frame(struct netif *netif, struct pbuf *p)
{
    static uint32_t frame[(FRAME_MAX + 3) / 4];
    uint32_t size = p->tot_len, i;
    static uint32_t tag;

    (void)netif;
    if (size > FRAME_MAX) {
        return ERR_BUF;
    }
    if ((TX_FIFO_INF & 0xFFFFu) < size + 16) {
        return ERR_MEM;
    }
    pbuf_copy_partial(p, frame, (u16_t)size, 0);
    TX_DATA = 0x3000u | size; /* first and last part of a frame */
    TX_DATA = tag++ << 16 | size;
    for (i = 0; i < (size + 3) / 4; i++) {
        TX_DATA = frame[i];
    }
    drop_tx_status();
    return ERR_OK;
}

/* Empties the FIFO of one frame; p takes all but the checksum behind it, or nothing (p NULL). Each pbuf of a
 * chain but the last holds whole words (PBUF_POOL_BUFSIZE), and the last one is cut at its end. */
static void take_frame(struct pbuf *p, uint32_t size)
{
    uint32_t words = (size + 3) / 4, at = 0;

    for (; words > 0; words--) {
        uint32_t word = RX_DATA;

        if (p == NULL) {
            continue;
        }
        if (p->len - at >= 4) {
            memcpy((uint8_t *)p->payload + at, &word, 4);
        } else {
            memcpy((uint8_t *)p->payload + at, &word, p->len - at);
        }
        at += 4;
        if (at >= p->len) {
            p = p->next;
            at = 0;
        }
    }
}

unsigned lan9118_poll(struct netif *netif)
{
    unsigned count = 0;

    while ((RX_FIFO_INF >> 16) & 0xFFu) {
        uint32_t status = RX_STATUS, size = (status >> 16) & 0x3FFFu;
        struct pbuf *p = NULL;

        if (size > CRC_SIZE && size <= FRAME_MAX + CRC_SIZE && !(status & RX_ERROR)) {
            p = pbuf_alloc(PBUF_RAW, (u16_t)(size - CRC_SIZE), PBUF_POOL);
        }
        take_frame(p, size);
        if (p != NULL && netif->input(p, netif) == ERR_OK) {
            count++;
            continue;
        }
        dropped++;
        if (p != NULL) {
            pbuf_free(p);
        }
    }
    return count;
}

bool lan9118_pending(void)
{
    INT_STS = 0xFFFFFFFFu;
    NVIC_ICPR0 = 1u << ETHERNET_IRQ;
    return ((RX_FIFO_INF >> 16) & 0xFFu) != 0;
}

unsigned lan9118_dropped(void)
{
    return dropped;
}

void ethernet_handler(void);

void ethernet_handler(void)
{
    INT_STS = 0xFFFFFFFFu;
}

/* ---- Start ---- */

static void read_address(struct netif *netif)
{
    uint32_t low = mac_read(MAC_ADDRL), high = mac_read(MAC_ADDRH);
    unsigned i;

    netif->hwaddr_len = 6;
    for (i = 0; i < 4; i++) {
        netif->hwaddr[i] = (uint8_t)(low >> (8 * i));
        netif->hwaddr[4 + i % 2] = (uint8_t)(high >> (8 * (i % 2)));
    }
}

static void start_controller(void)
{
    HW_CFG = 1; /* soft reset */
    while (HW_CFG & 1u) {
    }
    HW_CFG = 5u << 16; /* 5 KB for the transmit FIFO, the rest of 16 KB for the other */
    FIFO_INT = 0;      /* an interrupt from the first frame on */
    IRQ_CFG = 0x111;   /* enabled, active high, push-pull */
    INT_STS = 0xFFFFFFFFu;
    INT_EN = INT_RX_LEVEL;
    phy_write(PHY_CONTROL, PHY_AUTO_AND_RESTART);
    mac_write(MAC_CR, MAC_FULL_DUPLEX | MAC_TX_ON | MAC_RX_ON | (LWIP_IPV6 ? MAC_ALL_MULTICAST : 0));
    TX_CFG = 2; /* on */
    RX_CFG = 0;
    /* Until IRQ_CFG says otherwise the line is active low, that is asserted: the core listens only from here
     * on. */
    NVIC_ICPR0 = 1u << ETHERNET_IRQ;
    NVIC_ISER0 = 1u << ETHERNET_IRQ;
}

err_t lan9118_init(struct netif *netif)
{
    if (BYTE_TEST != 0x87654321u || ID_REV >> 16 != 0x0118u) {
        return ERR_IF;
    }
    start_controller();
    read_address(netif);
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->mtu = 1500;
    netif->linkoutput = send_frame;
    netif->output = etharp_output;
#if LWIP_IPV6
    netif->output_ip6 = ethip6_output;
#endif
    netif->flags |= NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    return ERR_OK;
}
